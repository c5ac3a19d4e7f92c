using Mesh.Runtime.Telemetry;
using static Mesh.Simulator.Tests.Build;

namespace Mesh.Simulator.Tests;

public sealed class ScaleTests
{
    [Fact]
    public void Replicas_come_and_go_in_mid_run_and_proxies_learn_of_it_over_the_network()
    {
        var config = World(3, [Service("s", Constant(1), replicas: 2)], Load("s", 100, 3)) with
        {
            Scale = [new ScaleConfig { At = TimeSpan.FromSeconds(1), Service = "s", Replicas = 3 }, new ScaleConfig { At = TimeSpan.FromSeconds(2), Service = "s", Replicas = 1 }],
            Network = new Mesh.Simulator.NetworkConfig { SameZone = new LinkConfig { Latency = Constant(5) }, MutualTls = false },
        };
        var world = TestWorld.Run(config);
        string[] Used(double from, double to) => [.. world.Of(MeshEventKind.AttemptStarted)
            .Where(e => e.At >= from * TimeSpan.TicksPerSecond && e.At < to * TimeSpan.TicksPerSecond)
            .Select(e => world.EndpointOf(e)).Distinct().Order()];

        Assert.Equal(["s-v1-0", "s-v1-1"], Used(0, 1.005));
        Assert.Equal(["s-v1-0", "s-v1-1", "s-v1-2"], Used(1.005, 2.005));
        Assert.Equal(["s-v1-0"], Used(2.006, 3));
        Assert.All(world.Roots, e => Assert.Equal(200, e.Outcome));
    }
}
