using Mesh.Reports.Results;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Tests.Results;

/// <summary>Windows of one second. The fault is in force from 10 to 20 s, of a run of 40 s.</summary>
public sealed class RecoveryTimeTests
{
    private static readonly PhaseSpan Fault = new("fault", Ticks(10), Ticks(20));

    [Theory]
    [InlineData(20, 0)]      // good at once
    [InlineData(25, 5)]
    [InlineData(37, 17)]     // the last three windows of the run
    [InlineData(38, double.PositiveInfinity)]
    [InlineData(99, double.PositiveInfinity)]
    public void Recovery_counts_to_the_first_of_three_good_windows(int good, double expected) =>
        Assert.Equal(expected, RecoveryTime.Of(Run(second => second is >= 10 && second < good ? (10, 5, 10) : (10, 10, 10)), "fault"));

    [Fact]
    public void Two_good_windows_are_not_enough() =>
        Assert.Equal(5, RecoveryTime.Of(Run(second => second is >= 10 and < 22 or 24 ? (10, 5, 10) : (10, 10, 10)), "fault"));

    [Theory]
    [InlineData(100, 99, 10, true)]     // one percentage point below
    [InlineData(100, 98, 10, false)]
    [InlineData(100, 100, 14, true)]    // p99 below 1.5 times
    [InlineData(100, 100, 16, false)]
    [InlineData(0, 0, 0, false)]        // nothing ended, though before something always did
    public void Good_is_what_is_as_before(int requests, int succeeded, int milliseconds, bool good)
    {
        double time = RecoveryTime.Of(Run(second => second < 10 ? (100, 100, 10) : (requests, succeeded, milliseconds)), "fault");
        Assert.Equal(good ? 0 : double.PositiveInfinity, time);
    }

    [Fact]
    public void What_happened_before_the_fault_counts_as_good() =>
        Assert.Equal(0, RecoveryTime.Of(Run(second => second is 5 or >= 10 ? (10, 5, 90) : (10, 10, 10)), "fault"));

    [Fact]
    public void Without_a_time_before_there_is_nothing_to_compare_with() =>
        Assert.True(double.IsNaN(RecoveryTime.Of(Run(_ => (10, 10, 10), warmup: 10), "fault")));

    [Fact]
    public void Fault_that_comes_back_counts_by_its_worst_time()
    {
        var again = new PhaseSpan("fault", Ticks(30), Ticks(32));
        Assert.Equal(3, RecoveryTime.Of(Run(second => second is >= 10 and < 21 or >= 30 and < 35 ? (10, 5, 10) : (10, 10, 10), phases: [Fault, again]), "fault"));
    }

    [Fact]
    public void Next_fault_ends_the_time_to_recover() =>
        Assert.Equal(double.PositiveInfinity, RecoveryTime.Of(Run(second => second is >= 10 and < 23 ? (10, 5, 10) : (10, 10, 10), phases: [Fault, new PhaseSpan("next", Ticks(25), Ticks(26))]), "fault"));

    private static ReplicationRecord Run(Func<int, (int Requests, int Succeeded, int Milliseconds)> windows, double warmup = 0, IReadOnlyList<PhaseSpan>? phases = null)
    {
        var directory = new MeshDirectory();
        int proxy = directory.AddProxy("ingress", "ingress", "");
        var front = directory.AddClass("front", "/");
        var recorder = new RunRecorder(directory, new RecorderOptions { End = Ticks(40), Warmup = Ticks(warmup), Phases = phases ?? [Fault] });
        for (int second = 0; second < 40; second++)
        {
            var (requests, succeeded, milliseconds) = windows(second);
            for (int i = 0; i < requests; i++)
            {
                recorder.On(new MeshEvent
                {
                    At = Ticks(second + 0.5), Kind = MeshEventKind.RequestEnded, Proxy = proxy, Class = front.Id, Service = front.ServiceId,
                    Outcome = i < succeeded ? 200 : 503, Duration = milliseconds * TimeSpan.TicksPerMillisecond,
                });
            }
        }
        return recorder.Finish(new ReplicationFacts { Replication = 0, Seed = 1, TraceHash = "", VirtualSeconds = 40, WallSeconds = 1 });
    }

    private static long Ticks(double seconds) => (long)(seconds * TimeSpan.TicksPerSecond);
}
