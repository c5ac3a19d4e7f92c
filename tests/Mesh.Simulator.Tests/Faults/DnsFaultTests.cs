using Mesh.Runtime.Telemetry;
using static Mesh.Simulator.Tests.Build;

namespace Mesh.Simulator.Tests.Faults;

public sealed class DnsFaultTests
{
    /// <summary>When the proxy of <c>front</c> learned of changes to <c>back</c>, in seconds: a replica more at 10 s, and one less at 12 s.</summary>
    private static (double[] Learned, long Withheld) Run(TimeSpan? staleness, double at, double seconds, params FaultPlanConfig[] more)
    {
        var world = TestWorld.Run(World(40, [Service("front", Constant(1), workers: 8, queue: 8, new CallStep { To = "back" }), Service("back", Constant(1), workers: 8)], Load("front", 50, 40)) with
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
        Assert.Equal(([10, 12], 0), Run(null, 20, 5));
        Assert.Equal(([15], 1), Run(null, 5, 10) is var (learned, withheld) ? (learned[..1], withheld - 1) : default);
    }

    [Fact]
    public void Stale_answers_come_late_and_in_their_order() => Assert.Equal(([14, 16], 2), Run(TimeSpan.FromSeconds(4), 5, 30));

    [Fact]
    public void An_answer_that_is_on_its_way_does_not_undo_what_was_heard_since() => Assert.Equal(([13], 2), Run(TimeSpan.FromSeconds(8), 5, 8) is var (learned, withheld) ? (learned[..Math.Min(1, learned.Length)], withheld) : default);

    [Fact]
    public void Control_plane_that_starts_anew_gets_the_last_answer()
    {
        var restart = new FaultPlanConfig { Name = "killed", At = TimeSpan.FromSeconds(14), For = TimeSpan.FromSeconds(2), Effect = new ControlPlaneEffect { Kind = ControlPlaneFault.Restart } };
        var (learned, _) = Run(null, 5, 25, restart);   // and no request failed
        Assert.NotEmpty(learned);
    }
}
