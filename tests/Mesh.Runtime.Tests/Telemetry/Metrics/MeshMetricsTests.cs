using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Telemetry.Metrics;

public class MeshMetricsTests
{
    [Theory]
    [InlineData(MeshEventKind.AttemptStarted, 0, "meshlab_attempts_total", null, null, 1)]
    [InlineData(MeshEventKind.RetryScheduled, 503, "meshlab_retries_total", null, null, 1)]
    [InlineData(MeshEventKind.RetryRefused, 503, "meshlab_retries_refused_total", null, null, 1)]
    [InlineData(MeshEventKind.HedgeStarted, 0, "meshlab_hedges_total", null, null, 1)]
    [InlineData(MeshEventKind.Mirrored, 0, "meshlab_mirrored_total", null, null, 1)]
    [InlineData(MeshEventKind.EndpointEjected, (int)EjectionReason.Consecutive5xx, "meshlab_ejections_total", "reason", "consecutive_5xx", 1)]
    [InlineData(MeshEventKind.EndpointEjected, (int)EjectionReason.LocalOriginFailurePercentage, "meshlab_ejections_total", "reason", "local_origin_failure_percentage", 1)]
    [InlineData(MeshEventKind.EndpointReadmitted, 0, "meshlab_readmissions_total", null, null, 1)]
    [InlineData(MeshEventKind.BreakerChanged, 2, "meshlab_breaker_state", null, null, 2)]
    [InlineData(MeshEventKind.BreakerChanged, 2, "meshlab_breaker_transitions_total", "state", "half_open", 1)]
    [InlineData(MeshEventKind.PanicChanged, 1, "meshlab_panic", null, null, 1)]
    [InlineData(MeshEventKind.FaultInjected, (int)FaultKind.Delay, "meshlab_faults_injected_total", "kind", "delay", 1)]
    [InlineData(MeshEventKind.HealthChanged, 0, "meshlab_endpoint_healthy", "endpoint", "payments-v2-1", 0)]
    [InlineData(MeshEventKind.ConcurrencyLimitChanged, 37, "meshlab_concurrency_limit", null, null, 37)]
    public async Task A_decision_of_a_proxy_is_told(MeshEventKind kind, int outcome, string name, string? label, string? value, double expected)
    {
        await using var telemetry = Sample.Telemetry(new());
        telemetry.On(Sample.Event(kind, outcome));
        (string, string)[] labels = label is null ? [("proxy", "cart-1"), ("service", "payments")] : [("proxy", "cart-1"), ("service", "payments"), (label, value!)];
        Assert.Equal(expected, (await Scrape.OfAsync(telemetry)).Value(name, labels));
    }

    [Fact]
    public async Task Gauges_follow_the_last_change()
    {
        await using var telemetry = Sample.Telemetry(new());
        telemetry.On(Sample.Event(MeshEventKind.BreakerChanged, 1));
        telemetry.On(Sample.Event(MeshEventKind.BreakerChanged, 0));
        var scrape = await Scrape.OfAsync(telemetry);
        Assert.Equal(0, scrape.Value("meshlab_breaker_state"));
    }

    [Fact]
    public async Task A_renewal_of_an_identity_is_told_with_its_result()
    {
        await using var telemetry = Sample.Telemetry(new());
        telemetry.IdentityRenewed(0, true);
        telemetry.IdentityRenewed(0, false);
        var scrape = await Scrape.OfAsync(telemetry);
        Assert.Equal(1, scrape.Value("meshlab_identity_renewals_total", ("proxy", "cart-1"), ("result", "ok")));
        Assert.Equal(1, scrape.Value("meshlab_identity_renewals_total", ("proxy", "cart-1"), ("result", "failed")));
    }

    [Fact]
    public async Task Numbers_that_the_directory_does_not_know_are_unknown()
    {
        await using var telemetry = Sample.Telemetry(new());
        telemetry.On(new MeshEvent { At = 0, Kind = MeshEventKind.EndpointEjected, Proxy = 99, Service = -1, Endpoint = 99, Outcome = 99 });
        Assert.Equal(1, (await Scrape.OfAsync(telemetry)).Value("meshlab_ejections_total", ("proxy", "unknown"), ("service", "unknown"), ("reason", "unknown")));
    }

    [Fact]
    public async Task Two_instances_in_a_process_do_not_mix()
    {
        await using var one = Sample.Telemetry(new());
        await using var other = Sample.Telemetry(new());
        one.On(Sample.Request);
        Assert.Contains("istio_requests_total", (await Scrape.OfAsync(one)).Names);
        Assert.DoesNotContain("istio_requests_total", (await Scrape.OfAsync(other)).Names);
    }
}
