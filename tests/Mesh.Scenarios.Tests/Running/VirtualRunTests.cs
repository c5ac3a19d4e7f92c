using Mesh.Scenarios.Running;
using Mesh.Scenarios.Tests.Language;

namespace Mesh.Scenarios.Tests.Running;

public sealed class VirtualRunTests
{
    [Fact]
    public void Results_do_not_depend_on_how_many_replications_run_at_once()
    {
        var scenario = Reads.SmallWith("replications=4", "duration=10s", "expect=['success_rate >= 99%', 'latency.p99 < 1s']");
        var one = VirtualRun.Run(new RunPlan(scenario) { Parallelism = 1 }, new NoProgress());
        var four = VirtualRun.Run(new RunPlan(scenario) { Parallelism = 4 }, new NoProgress());
        Assert.Equal(one.Replications.Select(replication => replication.TraceHash), four.Replications.Select(replication => replication.TraceHash));
        Assert.Equal(4, one.Replications.Select(replication => replication.TraceHash).Distinct().Count());
        Assert.Equal(one.Verdicts, four.Verdicts);
    }

    [Fact]
    public void Replications_have_the_seeds_that_follow()
    {
        var run = VirtualRun.Run(new RunPlan(Reads.SmallWith("seed=40", "replications=3", "duration=6s")), new NoProgress());
        Assert.Equal([40UL, 41UL, 42UL], run.Replications.Select(replication => replication.Seed));
        Assert.Equal(VirtualRun.Run(new RunPlan(Reads.SmallWith("seed=42", "duration=6s")), new NoProgress()).Replications[0].TraceHash, run.Replications[2].TraceHash);
    }

    [Fact]
    public void A_run_that_is_stopped_keeps_what_was_measured()
    {
        using var stop = new CancellationTokenSource();
        var run = VirtualRun.Run(new RunPlan(Reads.SmallWith("replications=3")), new StopAt(stop, replication: 1, TimeSpan.FromSeconds(20)), stop.Token);
        Assert.Equal(["completed", "cancelled"], run.Replications.Select(replication => replication.StopReason));
        Assert.Equal("cancelled", run.StopReason);
        Assert.InRange(run.Replications[1].Select().Requests, 100, run.Replications[0].Select().Requests / 2);
    }

    [Fact]
    public void Windows_are_round_and_not_too_many()
    {
        Assert.Equal(0.5, new RunPlan(Reads.SmallWith("duration=60s")).Window.TotalSeconds);
        Assert.Equal(30, new RunPlan(Reads.SmallWith("duration=1h")).Window.TotalSeconds);
        Assert.Equal(86400, new RunPlan(Reads.SmallWith("duration=8000h")).Window.TotalSeconds);
    }

    private sealed class StopAt(CancellationTokenSource stop, int replication, TimeSpan at) : IRunProgress
    {
        public void Reached(int number, TimeSpan virtualTime)
        {
            if (number == replication && virtualTime >= at) stop.Cancel();
        }

        public void Ended(int number) { }
    }
}
