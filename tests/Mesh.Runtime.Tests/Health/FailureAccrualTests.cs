using CsCheck;
using Mesh.Runtime.Health;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Tests.Health.HealthLog;

namespace Mesh.Runtime.Tests.Health;

public class FailureAccrualTests
{
    private static readonly FailureAccrualConfig NoJitter = new() { JitterRatio = 0 };
    private static readonly FailureAccrualConfig Unified = new() { JitterRatio = 0, MaxFailures = 100, SuccessRate = new AccrualRateConfig() };
    private readonly HealthLog _log = new();

    private FailureAccrual Accrual(FailureAccrualConfig config) => new(config, _log.States, _log, new KeyedRandom(1), proxy: 3);

    private static void Answers(FailureAccrual accrual, double atMs, params int[] statuses)
    {
        foreach (int status in statuses) accrual.Ended(0, Sample(Ms(atMs), status));
    }

    private bool IsHealthy => _log.States.FindHealth(0)?.IsHealthy ?? true;

    private AccrualPhase Phase => _log.States.FindHealth(0)!.Accrual!.Phase;

    /// <summary>The course of Linkerd's own test <c>transitions</c>: two failures, a second, a failed try, two seconds with a late answer, a try that succeeds.</summary>
    [Fact]
    public void Transitions_are_Linkerd_s()
    {
        var accrual = Accrual(NoJitter with { MaxFailures = 2, MaxPenalty = TimeSpan.FromSeconds(100) });
        Answers(accrual, 0, 502);
        Assert.True(IsHealthy);
        Answers(accrual, 0, 502);
        Assert.False(IsHealthy);
        accrual.Advance(Ms(999));
        Assert.Equal(AccrualPhase.Shut, Phase);
        accrual.Advance(Ms(1000));
        Assert.Equal((AccrualPhase.Probation, true), (Phase, IsHealthy));
        accrual.Picked(0, Ms(1000));
        Assert.Equal((AccrualPhase.Trying, false), (Phase, IsHealthy));
        Answers(accrual, 1000, 502);
        accrual.Advance(Ms(2000));
        Answers(accrual, 2000, 200);   // a straggler, while shut
        Assert.Equal(AccrualPhase.Shut, Phase);
        accrual.Advance(Ms(3000));
        accrual.Picked(0, Ms(3000));
        Answers(accrual, 3000, 200);
        Assert.Equal((AccrualPhase.Available, true), (Phase, IsHealthy));
        Assert.Equal(["-0 FailureAccrual 1000", "+0 3000"], _log.Events);
    }

    [Fact]
    public void Seven_failures_in_a_row_shut_an_endpoint_by_default()
    {
        var accrual = Accrual(new FailureAccrualConfig());
        Answers(accrual, 0, 500, 500, 500, 500, 500, 500, 200, 500, 500, 500, 500, 500, 500);
        Assert.True(IsHealthy);
        Answers(accrual, 0, 500);
        Assert.False(IsHealthy);
    }

    [Fact]
    public void All_endpoints_may_be_shut()
    {
        var accrual = Accrual(NoJitter);
        for (int id = 0; id < 5; id++)
            for (int i = 0; i < 7; i++) accrual.Ended(id, Sample(0, 500));
        Assert.Equal(5, accrual.ShutCount);
    }

    [Theory]
    [InlineData(0, 0.0, 1_000)]
    [InlineData(0, 1.0, 1_500)]
    [InlineData(1, 0.5, 2_500)]
    [InlineData(5, 0.0, 32_000)]
    [InlineData(5, 1.0, 48_000)]
    [InlineData(6, 0.5, 60_000)]     // 64 s is above the longest, which leaves no room for jitter
    [InlineData(5000, 0.5, 60_000)]
    public void Penalty_doubles_up_to_its_maximum(int tries, double draw, double ms) =>
        Assert.Equal(Ms(ms), FailureAccrual.Penalty(new FailureAccrualConfig(), tries, draw));

    [Fact]
    public void Penalty_and_its_jitter_stay_within_bounds() => Gen.Select(Gen.Int[1, 100_000], Gen.Int[0, 100_000], Gen.Double[0, 100], Gen.Int[0, 80], Gen.Double[0, 1])
        .Sample((min, more, jitter, tries, draw) =>
        {
            var config = new FailureAccrualConfig { MinPenalty = TimeSpan.FromMilliseconds(min), MaxPenalty = TimeSpan.FromMilliseconds(min + more), JitterRatio = jitter };
            return FailureAccrual.Penalty(config, tries, draw) is var penalty && penalty >= Ms(min) && penalty <= Ms(min + more);
        });

    [Theory]
    [InlineData(500, 0, ResponseFlags.None, "Failure")]
    [InlineData(503, 0, ResponseFlags.UF, "Failure")]
    [InlineData(504, 0, ResponseFlags.UT, "Failure")]
    [InlineData(200, 0, ResponseFlags.UC, "Failure")]
    [InlineData(200, 0, ResponseFlags.SI, "Failure")]      // the body's idle time-out
    [InlineData(200, 0, ResponseFlags.UT, "Failure")]      // the request's own, within the body
    [InlineData(200, 0, ResponseFlags.DC, "Success")]      // the caller went away within the body: the headers count
    [InlineData(200, 2, ResponseFlags.None, "Failure")]    // UNKNOWN
    [InlineData(404, 0, ResponseFlags.None, "Success")]
    [InlineData(429, 0, ResponseFlags.None, "Limited")]
    [InlineData(200, 0, ResponseFlags.None, "Success")]
    [InlineData(200, 4, ResponseFlags.None, "Failure")]    // DEADLINE_EXCEEDED
    [InlineData(200, 7, ResponseFlags.None, "Failure")]    // PERMISSION_DENIED
    [InlineData(200, 13, ResponseFlags.None, "Failure")]   // INTERNAL
    [InlineData(200, 14, ResponseFlags.None, "Failure")]   // UNAVAILABLE
    [InlineData(200, 15, ResponseFlags.None, "Failure")]   // DATA_LOSS
    [InlineData(200, 8, ResponseFlags.None, "Limited")]    // RESOURCE_EXHAUSTED
    [InlineData(200, 5, ResponseFlags.None, "NotOk")]
    [InlineData(503, 0, ResponseFlags.UO, "None")]
    [InlineData(0, 0, ResponseFlags.DC, "None")]
    public void Answers_are_classified_as_Linkerd_does(int status, int grpc, ResponseFlags flags, string verdict) =>
        Assert.Equal(verdict, AccrualClassification.Of(Sample(0, status, flags, grpc)).ToString());

    [Fact]
    public void Success_rate_shuts_below_its_threshold_once_there_are_enough_answers()
    {
        var accrual = Accrual(Unified);
        Answers(accrual, 0, 500, 500, 500, 500);   // all fail, but four are too few
        Assert.True(IsHealthy);
        Answers(accrual, 0, 500);
        Assert.False(IsHealthy);
    }

    [Fact]
    public void Success_rate_at_its_threshold_is_enough()
    {
        var accrual = Accrual(Unified);
        Answers(accrual, 0, 200, 200, 200, 200, 500);   // 80%
        Assert.True(IsHealthy);
        Answers(accrual, 0, 500);                       // 67%
        Assert.False(IsHealthy);
    }

    [Fact]
    public void Too_many_requests_counts_for_the_rate_and_not_for_the_row()
    {
        var accrual = Accrual(Unified with { MaxFailures = 3 });
        Answers(accrual, 0, 500, 500, 429, 500);
        Assert.True(IsHealthy);
        Answers(accrual, 0, 429);
        Assert.False(IsHealthy);

        accrual = Accrual(NoJitter with { MaxFailures = 1 });
        accrual.Ended(1, Sample(0, 429));
        Assert.True(_log.States.FindHealth(1)!.IsHealthy);
    }

    [Fact]
    public void Answers_leave_the_window_by_tenths()
    {
        var accrual = Accrual(Unified);
        Answers(accrual, 0, 500, 500, 500, 500);
        Answers(accrual, 9_999, 200);
        Assert.False(IsHealthy);   // 1 of 5

        var window = new SuccessWindow(TimeSpan.FromSeconds(10), 0);
        for (int second = 0; second < 10; second++) window.Add(second % 2 == 0, Ms(second * 1000));
        Assert.Equal((10, 5), (window.Total, window.Successes));
        window.Add(true, Ms(10_000));
        Assert.Equal((10, 5), (window.Total, window.Successes));
        window.Add(true, Ms(19_999));
        Assert.Equal((2, 2), (window.Total, window.Successes));
        window.Add(true, Ms(60_000));
        Assert.Equal((1, 1), (window.Total, window.Successes));
    }

    [Theory]
    [InlineData(429, true, false)]    // still limiting
    [InlineData(429, false, true)]
    [InlineData(200, true, true)]
    [InlineData(404, true, true)]
    public void Probe_must_not_be_limited_where_the_rate_counts(int status, bool unified, bool reopens)
    {
        var accrual = Accrual((unified ? Unified : NoJitter) with { MaxFailures = 1 });
        Answers(accrual, 0, 500);
        accrual.Advance(Ms(1000));
        accrual.Picked(0, Ms(1000));
        Answers(accrual, 1000, status);
        Assert.Equal(reopens, Phase == AccrualPhase.Available);
    }

    [Fact]
    public void Window_is_empty_after_recovery()
    {
        var accrual = Accrual(Unified);
        Answers(accrual, 0, 500, 500, 500, 500, 500);
        accrual.Advance(Ms(1000));
        accrual.Picked(0, Ms(1000));
        Answers(accrual, 1000, 200, 500, 500, 500, 500);   // the try, and four failures
        Assert.True(IsHealthy);
        Answers(accrual, 1000, 500);
        Assert.False(IsHealthy);
    }

    [Theory]
    [InlineData(30_000, 0, 30_000)]
    [InlineData(30_000, 10_000, 20_000)]   // the wait that is left
    [InlineData(30_000, 40_000, 1_000)]    // over
    [InlineData(500_000, 0, 60_000)]       // no longer than the longest
    [InlineData(200, 0, 1_000)]            // no shorter than the first
    public void Retry_after_lengthens_the_first_penalty(double hintMs, double ageMs, double penaltyMs)
    {
        var accrual = Accrual(NoJitter with { MaxFailures = 2, HonorRetryAfter = true });
        accrual.Ended(0, Sample(0, 503, retryAfterMs: hintMs));
        Answers(accrual, ageMs, 500);
        Assert.Equal($"-0 FailureAccrual {penaltyMs}", _log.Events[^1]);
    }

    [Fact]
    public void Try_that_proves_nothing_leaves_its_place_to_the_next()
    {
        var accrual = Accrual(NoJitter with { MaxFailures = 1 });
        Answers(accrual, 0, 500);
        accrual.Advance(Ms(1000));
        accrual.Picked(0, Ms(1000));
        accrual.Ended(0, Sample(Ms(1500), 0, ResponseFlags.DC, tookMs: 900));   // it began before the try
        Assert.Equal(AccrualPhase.Trying, Phase);
        accrual.Ended(0, Sample(Ms(1500), 0, ResponseFlags.DC, tookMs: 500));
        Assert.Equal(AccrualPhase.Probation, Phase);
    }

    [Fact]
    public void Endpoint_that_leaves_is_forgiven()
    {
        var accrual = Accrual(NoJitter with { MaxFailures = 1 });
        Answers(accrual, 0, 500);
        accrual.Update([Member(1)], Ms(400));
        Assert.Equal(0, accrual.ShutCount);
        Assert.Equal("+0 400", _log.Events[^1]);
    }

    /// <summary>Requests go where the endpoint is healthy; each takes a while. While it is shut none goes, and on probation one.</summary>
    [Fact]
    public void Half_open_lets_one_request_through() => Gen.Select(Gen.Int[0, 3], Gen.Int[1, 400], Gen.Bool).Array[1, 300].Sample(steps =>
    {
        var log = new HealthLog();
        var accrual = new FailureAccrual(new FailureAccrualConfig { MaxFailures = 2, MinPenalty = TimeSpan.FromMilliseconds(100) }, log.States, log, new KeyedRandom(1), 3);
        var underWay = new Queue<long>();
        long now = 0;
        var tried = new HashSet<int>();   // each penalty is followed by one try at most
        foreach (var (action, wait, fails) in steps)
        {
            now += Ms(wait);
            accrual.Advance(now);
            var before = log.States.FindHealth(0)?.Accrual?.Phase ?? AccrualPhase.Available;
            if (action > 0 && (log.States.FindHealth(0)?.IsHealthy ?? true))
            {
                Assert.NotEqual(AccrualPhase.Shut, before);
                accrual.Picked(0, now);
                underWay.Enqueue(now);
                if (before != AccrualPhase.Available) Assert.True(tried.Add(log.States.FindHealth(0)!.Accrual!.Draws));
            }
            else if (underWay.TryDequeue(out long began))
            {
                accrual.Ended(0, new AttemptSample(now, now - began, fails ? 500 : 200, 0, ResponseFlags.None, 0));
            }
        }
    });
}
