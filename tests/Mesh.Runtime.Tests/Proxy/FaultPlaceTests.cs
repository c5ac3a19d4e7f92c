using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>The places that requests take under a fault's bound.</summary>
public class FaultPlaceTests
{
    [Theory]
    [InlineData(FaultSite.Request, 0)]
    [InlineData(FaultSite.Request, 50)]
    [InlineData(FaultSite.Attempt, 0)]
    [InlineData(FaultSite.Attempt, 50)]
    public void Place_is_given_back_also_after_a_delay_of_nothing(FaultSite site, double delay)
    {
        var mesh = new TestMesh();
        var fault = mesh.Plane.Faults.Begin(new FaultConfig { Name = "late", Site = site, Delay = new FixedDelay(TimeSpan.FromMilliseconds(delay)), MaxActive = 1 }, 0, new FaultSpan(0, long.MaxValue));
        for (int i = 0; i < 3; i++) mesh.Call(at: 1000 * i);
        mesh.Run(until: 20);
        Assert.Equal(delay > 10 ? 1 : 0, fault.Held);
        mesh.Run();
        Assert.Equal(0, fault.Held);
        Assert.Equal((3, 0), (fault.Count.Injected, fault.Count.Overflowed));
    }
}
