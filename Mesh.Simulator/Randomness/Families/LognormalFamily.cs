using MathNet.Numerics.Distributions;

namespace Mesh.Simulator.Randomness.Families;

/// <summary>The exponential of a normal variable with mean mu and standard deviation sigma.</summary>
internal sealed class LognormalFamily(double mu, double sigma) : Family
{
    private const string Rule = "it takes two of mean, cv and percentiles";

    public override double Mean => Math.Exp(mu + (sigma * sigma / 2));

    public static LognormalFamily Fit(Parameters given)
    {
        given.Allow("lognormal", Rule, "mean", "cv", "p50", "p90", "p95", "p99", "p999");
        given.RequirePositive("a lognormal distribution");
        if (given.Count != 2)
        {
            throw new DistributionException("distribution",
                $"lognormal has two parameters, but given is {(given.Count == 0 ? "none" : given.Describe())}: {Rule}.");
        }
        if (given.Percentiles.Count == 2)
            return FromPercentiles(given.Percentiles[0], given.Percentiles[1]);
        if (given.Config.Cv is { } cv)
            return FromVariation(given, Math.Sqrt(Math.Log(1 + (cv * cv))));
        return FromMean(given.Config.Mean!.Value, given.Percentiles[0]);
    }

    public override double Quantile(double u) => LogNormal.InvCDF(mu, sigma, u);

    public override string Describe() => DescribeByTail("lognormal");

    private static double Normal(double level) => MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, level);

    private static LognormalFamily FromPercentiles(Percentile low, Percentile high)
    {
        if (high.Value <= low.Value)
        {
            throw new DistributionException(high.Name,
                $"is {HumanTime.Format(high.Value)}, no more than {low.Name}: a lognormal varies. Give more, or name constant.");
        }
        double sigma = Math.Log(high.Value / low.Value) / (Normal(high.Level) - Normal(low.Level));
        return new LognormalFamily(Math.Log(low.Value) - (sigma * Normal(low.Level)), sigma);
    }

    private static LognormalFamily FromVariation(Parameters given, double sigma)
    {
        if (given.Config.Mean is { } mean)
            return new LognormalFamily(Math.Log(mean) - (sigma * sigma / 2), sigma);
        var percentile = given.Percentiles[0];
        return new LognormalFamily(Math.Log(percentile.Value) - (sigma * Normal(percentile.Level)), sigma);
    }

    /// <summary>
    /// ln(percentile / mean) = z·sigma − sigma²/2. For a percentile above the median two values of sigma may solve it; the smaller is taken,
    /// for people mean the lighter tail. None solves it for a ratio above e^(z²/2).
    /// </summary>
    private static LognormalFamily FromMean(double mean, Percentile percentile)
    {
        double z = Normal(percentile.Level);
        double ratio = Math.Log(percentile.Value / mean);
        bool isMedian = percentile.Name == "p50";
        if (isMedian ? ratio >= 0 : ratio <= 0)
        {
            throw new DistributionException(percentile.Name,
                $"is {HumanTime.Format(percentile.Value)}, but {(isMedian ? "the median of a lognormal is below" : "a high percentile is above")} "
                + $"its mean ({HumanTime.Format(mean)}): correct one of them, or name another distribution.");
        }
        double root = (z * z) - (2 * ratio);
        if (root < 0)
        {
            double most = Math.Exp(z * z / 2);
            throw new DistributionException(percentile.Name,
                $"is {HumanTime.Format(percentile.Value)}, {HumanTime.Number(percentile.Value / mean)} times the mean: in no lognormal is {percentile.Name} more than "
                + $"{HumanTime.Number(most)} times the mean (here {HumanTime.Format(most * mean)}). Give less, or p50 in place of mean, or name pareto or empirical.");
        }
        double sigma = isMedian ? Math.Sqrt(root) : z - Math.Sqrt(root);
        return new LognormalFamily(Math.Log(mean) - (sigma * sigma / 2), sigma);
    }
}
