using System.Runtime.CompilerServices;
using Mesh.Runtime.LoadBalancing;

namespace Mesh.Runtime.Tests.LoadBalancing;

public sealed class EndpointStateTests
{
    /// <summary>A mesh of 1,000 callers and 1,000 endpoints has a million of these: growth is a decision, not an accident.</summary>
    [Fact]
    public void What_a_proxy_knows_about_an_endpoint_takes_40_bytes() => Assert.Equal(40, Unsafe.SizeOf<EndpointState>());
}
