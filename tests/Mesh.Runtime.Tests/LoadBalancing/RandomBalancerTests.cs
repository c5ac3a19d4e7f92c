using Mesh.Runtime.LoadBalancing;

namespace Mesh.Runtime.Tests.LoadBalancing;

public class RandomBalancerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    public void Endpoints_are_picked_equally_whatever_their_load(int n) =>
        Fleet.AssertUniform(new Fleet([.. Enumerable.Range(0, n)]).Picks(new RandomBalancer(), 40_000));
}
