using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Simulator.Tests.Network;

/// <summary>Prequal's probes take their time on the network.</summary>
public sealed class LoadProbeTests
{
    /// <summary>Four replicas, one of which is stuck with a request of 10 s from the start; then one request every 50 ms.</summary>
    private static TestWorld Run(double latency, params FaultPlanConfig[] faults)
    {
        var prequal = new PolicyConfig { LoadBalancer = new() { Algorithm = LoadBalancerAlgorithm.Prequal, ProbesPerPick = 3, ProbePool = 4 } };
        var config = Build.World(5, [Build.Service("back", Build.Constant(5), replicas: 4, workers: 1)], Build.Load("back", 20, 5));
        return TestWorld.Run(config with
        {
            Network = new NetworkConfig { MutualTls = false, SameZone = new LinkConfig { Latency = Build.Constant(latency) } },
            Mesh = new MeshConfig { Defaults = prequal }, Faults = faults,
        });
    }

    private static readonly FaultPlanConfig Slow = new()
    {
        Name = "slow", At = TimeSpan.Zero, For = TimeSpan.FromSeconds(5), Effect = new SlowEffect { Factor = 100 },
        Target = new FaultTargetConfig { Service = "back", Replicas = new ReplicaShare(1, 0) },
    };

    [Fact]
    public void Slow_replica_is_known_by_its_probes_on_a_fast_network()
    {
        var (fast, slow) = (ToBusiest(Run(1, Slow)), ToBusiest(Run(400, Slow)));
        Assert.True(fast < slow, $"{fast} of the requests at 1 ms, {slow} at 400 ms");
    }

    [Fact]
    public void Paused_replica_does_not_answer_and_is_forgotten()
    {
        var pause = Slow with { Name = "pause", At = TimeSpan.FromSeconds(1), Effect = new PauseEffect() };
        var test = Run(1, pause);
        string paused = test.Of(MeshEventKind.AttemptEnded).GroupBy(test => test.Endpoint).MinBy(group => group.Count(e => e.At > 3 * TimeSpan.TicksPerSecond))!.Select(e => test.EndpointOf(e)).First();
        Assert.Equal(0, test.Of(MeshEventKind.AttemptStarted).Count(e => e.At > 3 * TimeSpan.TicksPerSecond && test.EndpointOf(e) == paused));      // its answers are older than 1 s
    }

    [Fact]
    public void World_with_probes_is_reproducible() => Assert.Equal(Run(3, Slow).Trace, Run(3, Slow).Trace);

    /// <summary>Share of the requests whose attempt took as long as the slow replica's.</summary>
    private static double ToBusiest(TestWorld test)
    {
        var ends = test.Of(MeshEventKind.InboundEnded).ToList();
        return ends.Count(e => e.Duration > 100 * TimeSpan.TicksPerMillisecond) / (double)ends.Count;
    }
}
