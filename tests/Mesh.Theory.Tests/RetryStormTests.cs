using static Mesh.Theory.Tests.TheoryRun;

namespace Mesh.Theory.Tests;

/// <summary>What retries add to a load, and when they keep a service down that they were to help (validation §3.13, §3.14).</summary>
public sealed class RetryStormTests
{
    /// <summary>Ten workers without a waiting room; a refused request comes back after up to 200 service times, when the workers' state is another.</summary>
    private static string Loss(double rho, int retries) => Scenario.Queue(rho, 150_000, 1_000, "workers: 10, queue: 0, serviceTime: {distribution: exponential, mean: 10ms}", 10,
        $"retries: {{attempts: {retries}, on: [503], backoff: {{base: 2s, max: 2s}}}}");

    /// <summary>The fixed point a = λ Σ B(c, a)^k over the attempts k, with Erlang's B: late retries find the system as anybody would.</summary>
    [Theory]
    [InlineData(1, 1.2832, 0.080189)]
    [InlineData(2, 1.4748, 0.043380)]
    public void Late_retries_of_a_loss_system_reach_its_fixed_point(int retries, double attempts, double failed)
    {
        AssertAgrees(Values(Loss(0.9, retries), 20, t => t.RetryAmplification, cooldown: 6), attempts, 0.02, about: $"(attempts, {retries} retries)");
        AssertAgrees(Values(Loss(0.9, retries), 20, t => 1 - t.SuccessRate, cooldown: 6), failed, 0.06, about: $"(failed, {retries} retries)");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Retries_multiply_with_every_layer(int layers)
    {
        string services = string.Join('\n', Enumerable.Range(1, layers - 1).Select(i => $"  l{i}: {{workers: 1000, endpoints: [{{path: /, calls: [{{to: l{i + 1}}}]}}]}}")
            .Append($"  l{layers}: {{workers: 1000, errorRate: 100%}}"));
        string scenario = Scenario.Text(10, 400, 0, services, "retries: {attempts: 2, on: [5xx], backoff: {base: 1ms, max: 1ms}}", "l1");
        double[] ratio = Values(scenario, 3, bottom: $"l{layers}", (all, bottom) => bottom.Attempts / (double)all.Requests);
        Assert.All(ratio, value => Assert.Equal(Math.Pow(3, layers), value));
    }

    /// <summary>Never above 1 + b, and near it when everything fails: a request's deposit leaves the window a slot at a time, which costs some.</summary>
    [Theory]
    [InlineData("{ratio: 20%, minPerSecond: 0, window: 10s}", 1.2)]
    [InlineData("{ratio: 50%, minPerSecond: 0, window: 10s}", 1.5)]
    public void A_budget_bounds_what_retries_add_when_everything_fails(string budget, double most)
    {
        string scenario = Scenario.Text(200, 40_000, 2_000, "  s: {workers: 1000, errorRate: 100%}",
            $"retries: {{attempts: 3, on: [5xx], backoff: {{base: 1ms, max: 1ms}}, budget: {budget}}}", "s");
        Assert.All(Values(scenario, 5, t => t.RetryAmplification), attempts => Assert.InRange(attempts, most - 0.005, most));
    }

    /// <summary>
    /// A server that works on for clients that gave up, after an outage of 10 s: with one retry the load λ keeps it down if 2λ is at least its capacity of 300/s
    /// (Bronson et al., HotOS 2021, whose example this is), and not otherwise.
    /// </summary>
    [Theory]
    [InlineData(280, true)]
    [InlineData(200, true)]
    [InlineData(100, false)]
    public void Wasted_work_keeps_a_service_down_above_half_of_its_capacity(double rate, bool stays)
    {
        double success = AfterOutage(rate, retries: 1).Average();
        if (stays) Assert.True(success < 0.1, $"{success:P1} succeeded, a minute after the outage");
        else Assert.True(success > 0.99, $"only {success:P1} succeeded, a minute after the outage");
    }

    /// <summary>Without retries the same load comes back by itself: it is the retries that keep the service down.</summary>
    [Fact]
    public void Without_retries_the_same_outage_passes() => Assert.All(AfterOutage(200, retries: 0), success => Assert.True(success > 0.99));

    private static double[] AfterOutage(double rate, int retries) => Values(FormattableString.Invariant($$$"""
        version: 1
        name: theory
        duration: 130s
        warmup: 100s
        services:
          s: {workers: 3, queue: unlimited, serviceTime: {distribution: exponential, mean: 10ms}}
        mesh:
          defaults:
            perTryTimeout: 500ms
            retries: {attempts: {{{retries}}}, on: [5xx], backoff: {base: 10ms, max: 10ms}}
        workload:
          - {to: s, rate: {{{rate}}}/s}
        faults:
          - {name: outage, at: 20s, for: 10s, target: {service: s}, pause: true}
        """), 3, t => t.SuccessRate);

    /// <summary>Closed-loop clients that all begin at once, before one worker without a waiting room: without jitter they meet again and again.</summary>
    [Fact]
    public void Jitter_takes_attempts_away_in_the_order_none_equal_full()
    {
        double none = Attempts("{style: linkerd, base: 5ms, max: 2s, jitter: 0%}");
        double equal = Attempts("{style: linkerd, base: 5ms, max: 2s, jitter: 100%}");
        double full = Attempts("{base: 5ms, max: 2s}");
        Assert.True(none > 1.5 * equal && none > 1.5 * full, $"none {none:G4}, equal {equal:G4}, full {full:G4}");

        static double Attempts(string backoff) => Values(FormattableString.Invariant($$$"""
            version: 1
            name: theory
            duration: 60s
            services:
              s: {workers: 1, queue: 0, serviceTime: 10ms}
            mesh:
              defaults:
                retries: {attempts: 100, on: [503], backoff: {{{backoff}}}}
            workload:
              - {to: s, users: 100, thinkTime: 50s}
            """), 5, t => t.RetryAmplification).Average();
    }
}
