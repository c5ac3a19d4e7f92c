using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Polly's breaker.</summary>
internal static class CircuitBreakerSection
{
    private static readonly TimeSpan PollyBound = TimeSpan.FromMilliseconds(500);

    /// <summary>A breaker.</summary>
    public static readonly Section<CircuitBreakerConfig> CircuitBreaker = new Section<CircuitBreakerConfig>(
        "circuitBreaker", "a circuit breaker such as {failureRatio: 50%, window: 10s}", () => new CircuitBreakerConfig())
    {
        { "failureRatio", Values.Percent, (breaker, value) => breaker with { FailureRatio = value }, "Share of failed attempts, above 0%, at which the breaker opens. Default 50%." },
        { "window", Values.PositiveDuration, (breaker, value) => breaker with { Window = value }, "The time over which the share is taken, 500ms or more. Default 10s." },
        { "minThroughput", Values.Count(2), (breaker, value) => breaker with { MinThroughput = value }, "Attempts in the window before the share counts. Default 20." },
        { "openFor", Values.PositiveDuration, (breaker, value) => breaker with { OpenFor = value }, "How long the breaker stays open before it lets one attempt through, 500ms or more. Default 5s." },
    }
    .Check(CheckBreaker);

    private static void CheckBreaker(CircuitBreakerConfig breaker, YamlMap map, Reading reading)
    {
        if (breaker.FailureRatio <= 0) reading.Error(map.Find("failureRatio")!.Value, "a breaker that opens at 0% would never close; write a share above 0%.");
        if (breaker.Window < PollyBound) reading.Error(map.Find("window")!.Value, "the window is below 500ms, the shortest that Polly's breaker takes.");
        if (breaker.OpenFor < PollyBound) reading.Error(map.Find("openFor")!.Value, "the time is below 500ms, the shortest that Polly's breaker takes.");
    }
}
