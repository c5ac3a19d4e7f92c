using System.Globalization;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>When and how often a failed attempt is repeated.</summary>
internal static class RetrySection
{
    private static readonly (string Name, RetryOn Condition)[] Conditions =
    [
        ("5xx", RetryOn.ServerError), ("gateway-error", RetryOn.GatewayError), ("reset", RetryOn.Reset),
        ("connect-failure", RetryOn.ConnectFailure), ("retriable-4xx", RetryOn.Retriable4xx),
    ];

    private static readonly Shape<(RetryOn Condition, int Status)> Condition = new ScalarShape<(RetryOn, int)>(
        "a condition (5xx, gateway-error, reset, connect-failure, retriable-4xx) or a status such as 503",
        """{"anyOf": [{"enum": ["5xx", "gateway-error", "reset", "connect-failure", "retriable-4xx"]}, {"type": "integer", "minimum": 400, "maximum": 599}]}""", ParseCondition);

    private static readonly Section<BackoffDraft> Backoff = new Section<BackoffDraft>("backoff", "a back-off such as {base: 25ms, max: 250ms}", () => new BackoffDraft())
    {
        { "base", Values.PositiveDuration, (backoff, value) => backoff with { Base = value }, "Base interval, 1ms or more; the wait before retry n is drawn below base times 2^n. Default 25ms." },
        { "max", Values.PositiveDuration, (backoff, value) => backoff with { Max = value }, "Longest interval. Default ten times the base." },
    }
    .Check(CheckBackoff);

    /// <summary>Retries.</summary>
    public static readonly Section<RetryConfig> Retries = new("retries", "retries such as {attempts: 2, on: [5xx]}", () => new RetryConfig())
    {
        { "attempts", Values.Count(0, 100), (retries, value) => retries with { Attempts = value }, "Retries after the first attempt; 0 switches them off. Default 2." },
        { "on", new ListShape<(RetryOn Condition, int Status)>("a list of conditions such as [5xx, reset]", Condition), ApplyConditions,
            "What is retried: 5xx, gateway-error, reset, connect-failure, retriable-4xx, or statuses. Default [gateway-error]." },
        { "backoff", Backoff, (retries, value) => retries with { BackoffBase = value.Base, BackoffMax = value.Max }, "The wait before each retry: exponential, with full jitter." },
    };

    private static string? ParseCondition(string text, out (RetryOn, int) value)
    {
        int index = Array.FindIndex(Conditions, known => known.Name == text);
        value = index < 0 ? default : (Conditions[index].Condition, 0);
        if (index >= 0) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int status) && status is >= 400 and <= 599)
        {
            value = (RetryOn.StatusCodes, status);
            return null;
        }
        return $"'{text}' is neither a condition nor a status from 400 to 599.{Suggest.From(text, [.. Conditions.Select(known => known.Name)], "Conditions")}";
    }

    private static RetryConfig ApplyConditions(RetryConfig retries, IReadOnlyList<(RetryOn Condition, int Status)> conditions) => retries with
    {
        On = conditions.Aggregate(RetryOn.None, (all, one) => all | one.Condition),
        StatusCodes = [.. conditions.Where(one => one.Status > 0).Select(one => one.Status)],
    };

    private static void CheckBackoff(BackoffDraft backoff, YamlMap map, Reading reading)
    {
        if (backoff.Base < TimeSpan.FromMilliseconds(1)) reading.Error(map.Find("base")!.Value, "the base is below 1ms, the shortest there is.");
        if (backoff.Max is { } max && max < backoff.Base) reading.Error(map.Find("max")!.Value, $"the longest interval is below the base of {backoff.Base.TotalMilliseconds:0.###}ms.");
    }

    private sealed record BackoffDraft
    {
        public TimeSpan Base { get; init; } = new RetryConfig().BackoffBase;

        public TimeSpan? Max { get; init; }
    }
    }
