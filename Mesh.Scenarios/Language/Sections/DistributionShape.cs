using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;
using Mesh.Simulator.Randomness;

namespace Mesh.Scenarios.Language.Sections;

/// <summary>A distribution of times: a duration, which is then constant, or parameters.</summary>
internal static class DistributionShape
{
    private static readonly Section<DistributionConfig> Parameters = new Section<DistributionConfig>(
        "distribution", "a distribution such as {mean: 8ms, p99: 40ms}", () => new DistributionConfig())
    {
        { "distribution", Values.Choice("a distribution", DistributionKind.Auto), (config, kind) => config with { Kind = kind },
            "The family. Default by the parameters given: mean alone is exponential; two of mean, cv and percentiles are lognormal; min and max alone are uniform; four or more of min, percentiles and max are empirical." },
        { "mean", Values.Seconds, (config, value) => config with { Mean = value }, "The mean." },
        { "p50", Values.Seconds, (config, value) => config with { P50 = value }, "The median." },
        { "p90", Values.Seconds, (config, value) => config with { P90 = value }, "The 90th percentile." },
        { "p95", Values.Seconds, (config, value) => config with { P95 = value }, "The 95th percentile." },
        { "p99", Values.Seconds, (config, value) => config with { P99 = value }, "The 99th percentile." },
        { "p999", Values.Seconds, (config, value) => config with { P999 = value }, "The 99.9th percentile." },
        { "cv", Values.Positive, (config, value) => config with { Cv = value }, "The standard deviation divided by the mean (lognormal, gamma, weibull, normal)." },
        { "min", Values.Seconds, (config, value) => config with { Min = value }, "The smallest value (uniform, pareto, empirical)." },
        { "max", Values.Seconds, (config, value) => config with { Max = value }, "The largest value (uniform, empirical)." },
        { "shape", Values.Positive, (config, value) => config with { Shape = value }, "The shape parameter (gamma, weibull, pareto)." },
    }
    .Check(RefuseImpossible);

    /// <summary>A distribution of times.</summary>
    public static readonly Shape<DistributionConfig> Time = new EitherShape<DistributionConfig>(
        Values.Seconds.Then((seconds, _, _) => DistributionConfig.Constant(seconds)), Parameters);

    private static void RefuseImpossible(DistributionConfig config, YamlMap map, Reading reading)
    {
        if (Distribution.TryCreate(config, out _, out var problem)) return;
        var at = map.Find(problem.Member)?.Value ?? map;
        reading.Error(at, $"this distribution is impossible: {problem.Member} {problem.Message}");
    }
}
