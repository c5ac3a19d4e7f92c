using Mesh.Runtime.Telemetry;
using Xunit.Abstractions;
using static Mesh.Simulator.Tests.Build;

namespace Mesh.Simulator.Tests.ControlPlane;

public sealed class ControlPlaneFaultTests(ITestOutputHelper output)
{
    /// <summary>One caller in front of <c>back</c>, which grows from one replica to two at 10 s; <c>other</c> is used by nobody but the ingress.</summary>
    private static WorldConfig Growing(params FaultPlanConfig[] faults) => World(40,
        [Service("front", Constant(1), replicas: 2, workers: 8, queue: 8, new CallStep { To = "back" }), Service("back", Constant(1), workers: 8), Service("other", Constant(1))],
        Load("front", 50, 40), Load("other", 5, 40)) with
    {
        Scale = [new ScaleConfig { At = TimeSpan.FromSeconds(10), Service = "back", Replicas = 2 }],
        Faults = faults,
    };

    private static FaultPlanConfig Fault(ControlPlaneFault kind, double at, double seconds, double slow = 0) => new()
    {
        Name = "plane", At = TimeSpan.FromSeconds(at), For = TimeSpan.FromSeconds(seconds),
        Effect = new ControlPlaneEffect { Kind = kind, SlowPush = TimeSpan.FromSeconds(slow) },
    };

    /// <summary>When the proxies of <c>front</c> learned of the second replica, in seconds.</summary>
    private static double[] Learned(TestWorld world) =>
        [.. world.Of(MeshEventKind.SnapshotApplied).Where(e => e.At > 0 && world.Directory.Proxies[e.Proxy].Name.StartsWith("front", StringComparison.Ordinal)).Select(e => e.At / (double)TimeSpan.TicksPerSecond)];

    private static void AssertNoRequestFailed(TestWorld world) => Assert.All(world.Roots, e => Assert.Equal(200, e.Outcome));

    [Fact]
    public void Change_is_told_only_to_proxies_that_use_the_service()
    {
        var world = TestWorld.Run(Growing());
        var told = world.Of(MeshEventKind.SnapshotApplied).Where(e => e.At > 0).Select(e => world.Directory.Proxies[e.Proxy].Name).Distinct().Order();
        Assert.Equal(["back-v1-0", "back-v1-1", "front-v1-0", "front-v1-1"], told);   // not the ingress, and not 'other'
    }

    [Fact]
    public void Outage_fails_no_request_and_what_changed_meanwhile_is_told_when_it_is_over()
    {
        var world = TestWorld.Run(Growing(Fault(ControlPlaneFault.Outage, 5, 20)));
        AssertNoRequestFailed(world);
        Assert.Equal(2, Learned(world).Length);
        Assert.All(Learned(world), at => Assert.InRange(at, 25, 35.1));   // within the longest wait
        Assert.Equal(5, Assert.Single(world.Faults).Count.Injected);   // ingress, two of front, one of back, one of other
    }

    [Fact]
    public void Control_plane_that_starts_with_nothing_tells_every_proxy_anew_and_no_request_fails()
    {
        var world = TestWorld.Run(Growing(Fault(ControlPlaneFault.Restart, 5, 20)));
        AssertNoRequestFailed(world);
        var told = world.Of(MeshEventKind.SnapshotApplied).Where(e => e.At > TimeSpan.FromSeconds(25).Ticks).ToList();
        Assert.Equal(6, told.Select(e => e.Proxy).Distinct().Count());
        Assert.All(told, e => Assert.True(e.Outcome > 25_000));   // above every version of the life before
    }

    [Fact]
    public void Slow_pushes_come_late_by_what_was_asked()
    {
        var world = TestWorld.Run(Growing(Fault(ControlPlaneFault.SlowPush, 5, 20, slow: 7)));
        Assert.Equal(2, Learned(world).Length);
        Assert.All(Learned(world), at => Assert.InRange(at, 17, 17.1));
    }

    [Fact]
    public void Endpoints_that_the_control_plane_did_not_hear_of_are_told_at_the_end()
    {
        var world = TestWorld.Run(Growing(Fault(ControlPlaneFault.StaleEndpoints, 5, 20)));
        Assert.Equal(2, Learned(world).Length);
        Assert.All(Learned(world), at => Assert.InRange(at, 25, 25.1));
        Assert.Equal(1, Assert.Single(world.Faults).Count.Injected);
    }

    [Fact]
    public void Replica_that_joins_during_an_outage_is_connected_once_it_is_over()
    {
        var config = Growing(Fault(ControlPlaneFault.Outage, 5, 20)) with { Scale = [new ScaleConfig { At = TimeSpan.FromSeconds(10), Service = "front", Replicas = 3 }] };
        var world = TestWorld.Run(config);
        AssertNoRequestFailed(world);
        var first = world.Of(MeshEventKind.SnapshotApplied).First(e => world.Directory.Proxies[e.Proxy].Name == "front-v1-2");
        Assert.InRange(first.At, TimeSpan.FromSeconds(25).Ticks, TimeSpan.FromSeconds(35.1).Ticks);
    }

    [Fact]
    public void Faults_that_overlap_end_with_the_last()
    {
        var world = TestWorld.Run(Growing(Fault(ControlPlaneFault.Outage, 5, 10), Fault(ControlPlaneFault.Restart, 8, 12), Fault(ControlPlaneFault.StaleEndpoints, 9, 15)));
        AssertNoRequestFailed(world);
        Assert.All(Learned(world).TakeLast(2), at => Assert.InRange(at, 24, 34.1));
    }

    /// <summary>From the change to the last of the proxies that it concerns; 300 services of 3 replicas are 900 proxies.</summary>
    [Fact]
    public void Mesh_of_300_services_goes_through_outage_and_restart_the_same_way_each_time()
    {
        var services = Enumerable.Range(0, 300).Select(i =>
            Service($"s{i:000}", Constant(1), replicas: 3, workers: 8, queue: 100, i == 299 ? [] : [new CallStep { To = i % 10 == 9 ? "s299" : $"s{i + 1:000}" }])).ToList();
        var config = World(30, services, Load("s000", 20, 30), Load("s150", 20, 30)) with
        {
            Zones = ["a", "b"],
            Network = new NetworkConfig { MutualTls = false, CrossZone = new LinkConfig { Latency = new DistributionConfig { Mean = 0.001, P99 = 0.004 } } },
            Scale = [new ScaleConfig { At = TimeSpan.FromSeconds(2), Service = "s299", Replicas = 4 }, new ScaleConfig { At = TimeSpan.FromSeconds(12), Service = "s005", Replicas = 5 }],
            Faults = [Fault(ControlPlaneFault.Outage, 5, 5) with { Name = "away" }, Fault(ControlPlaneFault.Restart, 11, 4) with { Name = "killed" }],
        };
        var first = TestWorld.Run(config);
        Assert.Equal(first.Trace, TestWorld.Run(config).Trace);
        AssertNoRequestFailed(first);
        double[] push = [.. first.Of(MeshEventKind.SnapshotApplied).Where(e => e.At > 0 && e.At < TimeSpan.FromSeconds(5).Ticks).Select(e => e.At / 1e4 - 2000).Order()];
        // 30 services call the one that changed; its own sidecars are four now, of which the new one is told of the old state, too.
        Assert.Equal(30 * 3 + 4 + 1, push.Length);
        output.WriteLine($"push to {push.Length} of 901 proxies: p50 {push[push.Length / 2]:0.00} ms, p99 {push[push.Length * 99 / 100]:0.00} ms");
    }
}
