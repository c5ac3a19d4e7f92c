using MathNet.Numerics.Distributions;

namespace Mesh.Simulator.Randomness.Families;

internal sealed class ExponentialFamily(double mean) : Family
{
    public override double Mean => mean;

    public static ExponentialFamily Fit(Parameters given)
    {
        const string rule = "it takes either mean or one percentile";
        given.Allow("exponential", rule, "mean", "p50", "p90", "p95", "p99", "p999");
        given.RequirePositive("an exponential distribution");
        if (given.Count == 0)
            throw new DistributionException("mean", $"is missing for exponential: {rule}.");
        if (given.Count > 1)
            throw new DistributionException("distribution", $"exponential has one parameter, but {given.Describe()} are given: {rule}.");
        if (given.Config.Mean is { } mean)
            return new ExponentialFamily(mean);
        var percentile = given.Percentiles[0];
        return new ExponentialFamily(percentile.Value / Exponential.InvCDF(1, percentile.Level));
    }

    // Not through MathNet, whose division and checks take as long as the logarithm: arrivals draw here for every request.
    public override double Quantile(double u) => -mean * Math.Log(1 - u);

    public override string Describe() => $"exponential, mean {HumanTime.Format(mean)}";
}
