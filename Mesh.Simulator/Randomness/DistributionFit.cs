using Mesh.Simulator.Randomness.Families;

namespace Mesh.Simulator.Randomness;

/// <summary>From parameters to the family that has them.</summary>
internal static class DistributionFit
{
    private const string WhatToGive =
        "give mean alone (exponential), two of mean, percentile and cv (lognormal), min and max (uniform), four or more of min, p50 … p999, max (empirical), "
        + "or a distribution by name";

    public static Family Fit(DistributionConfig config)
    {
        var given = new Parameters(config);
        var kind = config.Kind == DistributionKind.Auto ? Choose(given) : config.Kind;
        return kind switch
        {
            DistributionKind.Constant => ConstantFamily.Fit(given),
            DistributionKind.Exponential => ExponentialFamily.Fit(given),
            DistributionKind.Lognormal => LognormalFamily.Fit(given),
            DistributionKind.Gamma => GammaFamily.Fit(given),
            DistributionKind.Weibull => WeibullFamily.Fit(given),
            DistributionKind.Pareto => ParetoFamily.Fit(given),
            DistributionKind.Uniform => UniformFamily.Fit(given),
            DistributionKind.Empirical => EmpiricalFamily.Fit(given),
            DistributionKind.Normal => NormalFamily.Fit(given),
            _ => throw new ArgumentOutOfRangeException(nameof(config), kind, "No such distribution."),
        };
    }

    private static DistributionKind Choose(Parameters given)
    {
        if (given.Has("shape"))
            throw new DistributionException("distribution", "is not named, but shape is given: name gamma, weibull or pareto.");
        int quantiles = given.Percentiles.Count + given.CountOf("min", "max");
        if (quantiles >= 4 && given.Count == quantiles)
            return DistributionKind.Empirical;
        if (given.Count == 2 && given.CountOf("min", "max") == 2)
            return DistributionKind.Uniform;
        if (given.Count == 1 && given.Config.Mean is { } mean)
            return mean == 0 ? DistributionKind.Constant : DistributionKind.Exponential;
        if (given.Count == 2 && given.CountOf("min", "max") == 0)
            return DistributionKind.Lognormal;
        throw new DistributionException("distribution", given.Count == 0
            ? $"has no parameter: {WhatToGive}."
            : $"cannot be told from what is given ({given.Describe()}): {WhatToGive}.");
    }
}
