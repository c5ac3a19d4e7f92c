using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>A second attempt beside a slow one.</summary>
internal static class HedgeSection
{
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromMilliseconds(100);

    /// <summary>A second attempt beside a slow one.</summary>
    public static readonly Section<HedgeConfig> Hedge = new Section<HedgeConfig>("hedge", "hedging such as {percentile: 95%} or {delay: 50ms}", () => new HedgeConfig())
    {
        { "delay", Values.PositiveDuration, (hedge, value) => hedge with { Delay = value }, "How long an attempt is waited for before another starts beside it; with 'percentile', only until 'minSamples' are there. Default none." },
        { "percentile", Values.PercentUpTo(1, "below 100%", bound: false), (hedge, value) => hedge with { Percentile = value }, "The delay as a percentile of recent attempts: 95% hedges about 5% of the requests. Default none." },
        { "window", Values.PositiveDuration, (hedge, value) => hedge with { Window = value }, "How long an attempt's latency counts for the percentile, 100ms or more. Default 30s." },
        { "minSamples", Values.Count(1), (hedge, value) => hedge with { MinSamples = value }, "Attempts in the window before the percentile is believed. Default 100." },
        { "minDelay", Values.Duration, (hedge, value) => hedge with { MinDelay = value }, "The delay is never shorter than this. Default 1ms." },
        { "max", Values.Count(1, 10), (hedge, value) => hedge with { MaxExtra = value }, "Attempts beside the first, each one delay after the one before. Default 1." },
        { "onPerTryTimeout", Values.Flag, (hedge, value) => hedge with { OnPerTryTimeout = value }, "Whether the per-try time-out starts another attempt and leaves the slow one running (Envoy's hedge_on_per_try_timeout); takes one of 'retries'. Default false." },
        { "budget", Values.PercentUpTo(10, "at most 1000%"), (hedge, value) => hedge with { Budget = value }, "Extra load allowed: hedges as a share of the requests, over 10s. Default 10%." },
    }
    .Check(CheckHedge);

    private static void CheckHedge(HedgeConfig hedge, YamlMap map, Reading reading)
    {
        if (hedge is { Delay: null, Percentile: null, OnPerTryTimeout: false }) reading.Error(map, "nothing here starts a hedge; give 'delay', 'percentile' or 'onPerTryTimeout: true'.");
        if (hedge.Percentile is <= 0) reading.Error(map.Find("percentile")!.Value, "a percentile of 0% would hedge every request at once; write one above 0%, such as 95%.");
        if (hedge.Budget <= 0) reading.Error(map.Find("budget")!.Value, "a budget of 0% allows no hedge; write a share above 0%, or leave 'hedge' out.");
        if (hedge.Window < ShortestWindow) reading.Error(map.Find("window")!.Value, "the window is below 100ms, the shortest there is.");
    }
}
