using Mesh.Runtime.Telemetry;
using static Mesh.Simulator.Tests.Build;

namespace Mesh.Simulator.Tests.Workloads;

public sealed class WorkloadTests
{
    private static double[] Starts(WorldConfig config) =>
        [.. TestWorld.Run(config).Roots.Select(e => TimeSpan.FromTicks(e.At - e.Duration).TotalSeconds).Order()];

    private static WorldConfig Idle(WorkloadConfig load, double seconds) => World(seconds, [Service("s", Constant(0), workers: 1000)], load);

    [Fact]
    public void Constant_arrivals_come_at_equal_gaps() =>
        Assert.Equal([0.25, 0.5, 0.75], Starts(Idle(Load("s", 4, 1), 1)));

    [Fact]
    public void Poisson_arrivals_have_exponential_gaps()
    {
        var starts = Starts(Idle(Load("s", 100, 100, ArrivalProcess.Poisson), 100));
        var gaps = starts.Skip(1).Zip(starts, (b, a) => b - a).ToList();

        // mean and squared coefficient of variation of 10,000 exponential gaps: standard errors 1% and 2%·√2 (fourth moment); five of each
        Assert.Equal(0.01, gaps.Average(), 0.05 * 0.01);
        double mean = gaps.Average(), scv = gaps.Average(g => (g - mean) * (g - mean)) / (mean * mean);
        Assert.Equal(1, scv, 5 * Math.Sqrt(8.0 / gaps.Count));
    }

    [Fact]
    public void Stages_follow_one_another_and_ramp()
    {
        var load = Load("s", 0, 0) with
        {
            Stages = [new StageConfig { For = TimeSpan.FromSeconds(10), Rate = 10 }, new StageConfig { For = TimeSpan.FromSeconds(10), Rate = 10, RampTo = 30 }, new StageConfig { For = TimeSpan.FromSeconds(5), Rate = 2 }],
        };
        var starts = Starts(Idle(load, 60));

        Assert.Equal(100, starts.Count(t => t <= 10));
        Assert.Equal(200, starts.Count(t => t is > 10 and <= 20));
        Assert.Equal(75, starts.Count(t => t is > 10 and <= 15));   // 10·5 + ½·2·5²
        Assert.Equal(10, starts.Count(t => t > 20));
    }

    [Fact]
    public void Closed_loop_users_wait_for_their_answer_and_think()
    {
        var load = new WorkloadConfig { Name = "users", To = "s", Arrivals = ArrivalProcess.Closed, Users = 5, ThinkTime = Constant(80) };
        var world = TestWorld.Run(World(10, [Service("s", Constant(20), workers: 10)], load));

        Assert.All(world.Roots, e => Assert.Equal(Ms(20).Ticks, e.Duration));
        Assert.Equal(5 * 100, world.Roots.Count());   // Little: 5 users / (80 + 20 ms) for 10 s
    }

    [Fact]
    public void The_mix_is_drawn_by_weight()
    {
        var load = Load("s", 100, 100) with { Mix = [new MixConfig { Path = "/a", Weight = 1 }, new MixConfig { Path = "/b", Weight = 4 }] };
        var world = TestWorld.Run(Idle(load, 100));

        double share = world.Roots.Count(e => world.Directory.Classes[e.Class].Path == "/b") / (double)world.Roots.Count();
        Assert.Equal(0.8, share, 5 * Math.Sqrt(0.8 * 0.2 / 1e4));
    }

    [Fact]
    public void A_client_that_gives_up_is_told_so_at_its_time()
    {
        var world = TestWorld.Run(World(1, [Service("s", Constant(100))], Load("s", 1.5, 1) with { Timeout = Ms(30) }));

        var root = Assert.Single(world.Roots);
        Assert.Equal((Ms(30).Ticks, 0, ResponseFlags.DC), (root.Duration, root.Outcome, root.Flags));
    }
}
