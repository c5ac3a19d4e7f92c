using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Overload;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.Overload;

/// <summary>Admission control by Envoy's own tests (admission_control_filter_test.cc, thread_local_controller), throttling by the SRE book's formula.</summary>
public class AdmissionTests
{
    private const long Second = TimeSpan.TicksPerSecond;

    /// <summary>Envoy's RejectionProbability: of 100 requests so many percent succeeded; its own tolerance is a hundredth.</summary>
    [Theory]
    [InlineData(1.00, 1, 0.8, 100, 0)]
    [InlineData(1.00, 1, 0.8, 95, 0.05)]
    [InlineData(1.00, 1, 0.8, 75, 0.25)]
    [InlineData(1.00, 2, 0.8, 100, 0)]
    [InlineData(1.00, 2, 0.8, 95, 0.22)]
    [InlineData(1.00, 2, 0.8, 75, 0.5)]
    [InlineData(0.95, 1, 0.8, 98, 0)]
    [InlineData(0.95, 1, 0.8, 95, 0)]
    [InlineData(0.95, 1, 0.8, 90, 0.05)]
    [InlineData(0.95, 1, 0.8, 75, 0.20)]
    [InlineData(0.95, 1, 0.8, 50, 0.46)]
    [InlineData(1.00, 1, 0.1, 95, 0.05)]
    [InlineData(1.00, 1, 0.1, 80, 0.1)]
    [InlineData(1.00, 1, 0.1, 0, 0.1)]
    public void Rejection_probability_is_Envoy_s(double threshold, double aggression, double most, int successes, double probability) =>
        Assert.Equal(probability, AdmissionController.RejectionProbability(new AdmissionControlConfig { SuccessThreshold = threshold, Aggression = aggression, MaxRejection = most }, 100, successes), 0.01);

    /// <summary>By the formula, to the digit.</summary>
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 0, 0.5)]                     // (1 - 0) / 2
    [InlineData(9, 0, 0.8)]                     // 0.9, at most 0.8
    [InlineData(99, 19, 0.79)]                  // (99 - 20) / 100
    [InlineData(99, 38, 0.59)]                  // (99 - 40) / 100
    public void Rejection_probability_is_exact(int requests, int successes, double probability) =>
        Assert.Equal(probability, AdmissionController.RejectionProbability(new AdmissionControlConfig(), requests, successes), 12);

    [Fact]
    public void Draw_is_compared_in_ten_thousandths()
    {
        var control = new AdmissionController(new AdmissionControlConfig());
        control.Record(0, false);                          // probability 1/2
        Assert.False(control.Admit(1, 4_999));
        Assert.True(control.Admit(1, 5_000));
        Assert.False(control.Admit(1, 14_999));
    }

    [Fact]
    public void What_was_refused_is_not_counted_and_what_is_old_is_forgotten()
    {
        var control = new AdmissionController(new AdmissionControlConfig());
        for (int i = 0; i < 100; i++) control.Record(0, false);
        for (int i = 0; i < 100; i++) Assert.False(control.Admit(15 * Second, 0));
        Assert.False(control.Admit(30 * Second - 1, 7_999));
        Assert.True(control.Admit(30 * Second, 0));
    }

    [Fact]
    public void No_request_is_refused_below_the_request_rate()
    {
        var control = new AdmissionController(new AdmissionControlConfig { Window = TimeSpan.FromSeconds(10), MinRequestRate = 10 });
        for (int i = 0; i < 99; i++) control.Record(i, false);
        Assert.True(control.Admit(100, 0));                // 9.9 a second, rounded down
        control.Record(100, false);
        Assert.False(control.Admit(101, 0));
    }

    [Theory]
    [InlineData(200, 0, true)]
    [InlineData(404, 0, true)]
    [InlineData(499, 0, true)]
    [InlineData(500, 0, false)]
    [InlineData(504, 0, false)]
    [InlineData(200, 5, true)]     // NotFound
    [InlineData(200, 7, true)]     // PermissionDenied: the caller's fault
    [InlineData(200, 14, false)]   // Unavailable
    [InlineData(200, 8, false)]    // ResourceExhausted
    public void Success_is_what_Envoy_takes_for_one(int status, int grpcStatus, bool success) =>
        Assert.Equal(success, AdmissionController.IsSuccess(status, grpcStatus));

    [Theory]
    [InlineData(2, 0, 0, 0)]
    [InlineData(2, 100, 100, 0)]
    [InlineData(2, 100, 50, 0)]
    [InlineData(2, 100, 40, 20.0 / 101)]
    [InlineData(2, 100, 0, 100.0 / 101)]
    [InlineData(1.1, 100, 50, 45.0 / 101)]
    public void Throttle_refuses_by_the_SRE_book_s_formula(double k, int requests, int accepts, double probability) =>
        Assert.Equal(probability, ClientThrottle.RejectionProbability(k, requests, accepts), 12);

    /// <summary>Where the callee takes A a second, the throttle lets about K*A through: refusals count as requests.</summary>
    [Fact]
    public void Throttle_sends_K_times_what_the_callee_accepts()
    {
        var random = new KeyedRandom(9);
        var throttle = new ClientThrottle(new ThrottleConfig());
        int let = 0, taken = 0;
        for (int i = 0; i < 600_000; i++)                  // 1000 a second for 10 minutes; the callee accepts 100 a second
        {
            long now = i * (Second / 1000);
            if (i % 1000 == 0) taken = 0;
            if (!throttle.Admit(now, random.Unit(Concern.Admission, (ulong)i, 1))) continue;
            if (i >= 300_000) let++;
            if (taken++ < 100) throttle.Accepted(now);
        }
        Assert.InRange(let / 300.0, 190, 215);             // K * 100, and the share 1/(requests + 1) more
    }

    [Fact]
    public void Window_counts_what_its_seconds_count() =>
        Gen.Select(Gen.Long[0, 3 * Second], Gen.Bool).Array[1, 200].Sample(steps =>
        {
            var window = new RequestWindow(10 * Second);
            var all = new List<(long At, bool Success)>();
            long now = 0;
            foreach (var (wait, success) in steps)
            {
                now += wait;
                window.Add(now, 1, success ? 1 : 0);
                all.Add((now, success));
                // A second is forgotten as a whole by its beginning: what it counts is at most a second too old or too young.
                Assert.InRange(window.Requests, all.Count(one => now - one.At < 9 * Second), all.Count(one => now - one.At < 10 * Second));
                Assert.InRange(window.Successes, all.Count(one => one.Success && now - one.At < 9 * Second), all.Count(one => one.Success && now - one.At < 10 * Second));
            }
        }, iter: 300);
}
