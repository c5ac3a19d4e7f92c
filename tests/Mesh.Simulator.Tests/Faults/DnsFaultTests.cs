using Mesh.Runtime.Telemetry;
using static Mesh.Simulator.Tests.Build;

namespace Mesh.Simulator.Tests.Faults;

public sealed class DnsFaultTests
{
    /// <summary>When the proxy of <c>front</c> learned of changes to <c>back</c>, in seconds: a replica more at 10 s, and one less at 12 s.</summary>
    private static (double[] Learned, long Withheld) Run(TimeSpan? staleness, double at, double seconds, params FaultPlanConfig[] more)
    {
        var world = TestWorld.Run(World(40, [Service("front", Constant(1), replicas: 1, workers: 8, queue: 8, new CallStep { To = "back" }), Service("back", Constant(1), workers: 8)], Load("front", 50, 40)) with
        {
            Scale = [new ScaleConfig { At = TimeSpan.FromSeconds(10), Service = "back", Replicas = 2 }, new ScaleConfig { At = TimeSpan.FromSeconds(12), Service = "back", Replicas = 1 }],
            Faults =
            [
                new FaultPlanConfig
                {
                    Name = "names", At = TimeSpan.FromSeconds(at), For = TimeSpan.FromSeconds(seconds), Target = new FaultTargetConfig { Service = "back" }, Effect = new DnsEffect { Staleness = staleness },
                },
                .. more,
            ],
        });
        Assert.All(world.Roots, e => Assert.Equal(200, e.Outcome));
        return ([.. world.Of(MeshEventKind.SnapshotApplied).Where(e => e.At > 0 && world.Directory.Proxies[e.Proxy].Name == "front-v1-0").Select(e => Math.Round(e.At / (double)TimeSpan.TicksPerSecond, 1))],
            world.Faults.First(fault => fault.Name == "names").Count.Injected);
    }

    [Fact]
    public void Changes_are_heard_when_the_name_resolves_again()
    {
        var (learned, withheld) = Run(null, 20, 5);
        Assert.Equal([10.0, 12.0], learned.Take(2));   // before it
        Assert.Equal(0, withheld);
        (learned, withheld) = Run(null, 5, 6);
        Assert.Equal([11.0, 12.0], learned);
        Assert.Equal(1, withheld);
    }

    [Fact]
    public void Stale_answers_come_late_and_in_their_order()
    {
        var (learned, withheld) = Run(TimeSpan.FromSeconds(4), 5, 30);
        Assert.Equal([14.0, 16.0], learned.Take(2));
        Assert.Equal(2, withheld);
    }

    [Fact]
    public void An_answer_that_is_on_its_way_does_not_undo_what_was_heard_since()
    {
        var (learned, withheld) = Run(TimeSpan.FromSeconds(8), 5, 6);
        Assert.Equal([11.0, 12.0], learned);   // at its end, and then as it happens; not what was asked at 10 s and is answered at 18 s
        Assert.Equal(1, withheld);
    }

    [Fact]
    public void Control_plane_that_starts_anew_gets_the_last_answer()
    {
        var restart = new FaultPlanConfig { Name = "killed", At = TimeSpan.FromSeconds(14), For = TimeSpan.FromSeconds(2), Effect = new ControlPlaneEffect { Kind = ControlPlaneFault.Restart } };
        Assert.NotEmpty(Run(null, 5, 25, restart).Learned);   // and no request failed
    }
}
