namespace Mesh.Scenarios.Tests.Language;

/// <summary>Warnings that teach.</summary>
public sealed class AdviceTests
{
    [Fact]
    public void A_sound_scenario_has_no_warning() => Assert.Empty(Reads.Warnings(Reads.Small));

    [Fact]
    public void Work_that_exceeds_the_workers_is_told_by_service()
    {
        // 50/s reach back, 5 ms each: 0.25 workers.
        Assert.Empty(Reads.Warnings(Reads.Small, "services.back.workers=1"));
        string warning = Assert.Single(Reads.Warnings(Reads.Small, "services.back.workers=1", "workload[0].rate=480/s"));
        Assert.StartsWith("s.yaml:13:5: services.back: 'back' is offered more than it can serve: up to 240/s x 5ms of work needs 1.2 workers, and it has 1 (120%).", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_that_nobody_calls_is_told() =>
        Assert.Contains("no workload ever reaches 'lonely'", Assert.Single(Reads.Warnings(Reads.Small, "services.lonely={replicas: 1}")), StringComparison.Ordinal);

    [Fact]
    public void A_service_that_only_copies_reach_is_reached() =>
        Assert.Empty(Reads.Warnings(Reads.Small, "services.copy={endpoints: [{path: /pay, calls: [{to: lonely}]}]}", "services.lonely={replicas: 1}", "mesh.services.back={mirror: {to: copy}}"));

    [Fact]
    public void A_missing_warm_up_is_told_with_an_estimate() =>
        Assert.Contains("'warmup: 1s' would leave them out", Assert.Single(Reads.Warnings(Reads.Small, "warmup=0")), StringComparison.Ordinal);

    [Theory]
    [InlineData("[{for: 90s, rate: 1/s}]", "the stages last 90s, the run only 60s")]
    [InlineData("[{for: 30s, rate: 1/s}]", "the stages end at 30s, before the run does at 60s")]
    public void Stages_that_do_not_fill_the_run_are_told(string stages, string message) =>
        Assert.Contains(message, Assert.Single(Reads.Warnings(Reads.Small.Replace("rate: 100/s", $"stages: {stages}", StringComparison.Ordinal))), StringComparison.Ordinal);
}
