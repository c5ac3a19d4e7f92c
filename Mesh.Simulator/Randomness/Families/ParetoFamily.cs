using MathNet.Numerics.Distributions;
using MathNet.Numerics.RootFinding;

namespace Mesh.Simulator.Randomness.Families;

/// <summary>A power tail above a minimum: P(X &gt; x) = (min / x)^shape.</summary>
internal sealed class ParetoFamily : Family
{
    private const string Rule = "it takes min or mean, and one of shape, cv and a percentile, or both min and mean";
    private readonly double _min;
    private readonly double _shape;

    private ParetoFamily(double min, double shape)
    {
        _min = min;
        _shape = shape;
    }

    public override double Mean => _min * _shape / (_shape - 1);

    public static ParetoFamily Fit(Parameters given)
    {
        given.Allow("pareto", Rule, "mean", "min", "shape", "cv", "p50", "p90", "p95", "p99", "p999");
        given.RequirePositive("a Pareto distribution");
        if (given.Count != 2 || given.CountOf("mean", "min") == 0)
        {
            throw new DistributionException("distribution",
                $"pareto has two parameters, but given is {(given.Count == 0 ? "none" : given.Describe())}: {Rule}.");
        }
        return (given.Config.Min, given.Config.Mean) switch
        {
            ({ } min, { } mean) => FromMinAndMean(min, mean),
            ({ } min, null) => new ParetoFamily(min, ShapeAboveMin(given, min)),
            _ => FromMean(given, given.Config.Mean!.Value),
        };
    }

    public override double Quantile(double u) => Pareto.InvCDF(_min, _shape, u);

    public override string Describe() => DescribeByTail("pareto");

    private static ParetoFamily FromMinAndMean(double min, double mean)
    {
        if (mean <= min)
            throw new DistributionException("mean", $"is {HumanTime.Format(mean)}: the mean of a Pareto is above its min ({HumanTime.Format(min)}).");
        return new ParetoFamily(min, mean / (mean - min));
    }

    private static double ShapeAboveMin(Parameters given, double min)
    {
        if (given.Percentiles.Count == 0)
            return GivenShape(given);
        var percentile = given.Percentiles[0];
        if (percentile.Value <= min)
        {
            throw new DistributionException(percentile.Name,
                $"is {HumanTime.Format(percentile.Value)}: every percentile of a Pareto is above its min ({HumanTime.Format(min)}).");
        }
        double shape = -Math.Log(1 - percentile.Level) / Math.Log(percentile.Value / min);
        return shape > 1 ? shape : throw new DistributionException(percentile.Name,
            $"is {HumanTime.Format(percentile.Value)}, {HumanTime.Number(percentile.Value / min)} times the min: the mean would be infinite. Give less than "
            + $"{HumanTime.Format(min / (1 - percentile.Level))}.");
    }

    private static ParetoFamily FromMean(Parameters given, double mean)
    {
        double shape = given.Percentiles.Count == 0 ? GivenShape(given) : ShapeBelowMean(given.Percentiles[0], mean);
        return new ParetoFamily(mean * (shape - 1) / shape, shape);
    }

    private static double GivenShape(Parameters given)
    {
        if (given.Config.Cv is { } cv)
            return 1 + Math.Sqrt(1 + (1 / (cv * cv)));
        double shape = given.Config.Shape!.Value;
        return shape > 1 ? shape
            : throw new DistributionException("shape", $"is {HumanTime.Number(shape)}: the mean of a Pareto is finite only for shapes above 1.");
    }

    /// <summary>
    /// With x = 1/shape and L = −ln(1 − level), percentile / mean = (1 − x)·e^(L·x), which rises up to x = 1 − 1/L and falls from there to 0.
    /// The smaller x is taken, for people mean the lighter tail; for the median there is only the fall.
    /// </summary>
    private static double ShapeBelowMean(Percentile percentile, double mean)
    {
        double tail = -Math.Log(1 - percentile.Level);
        double asked = percentile.Value / mean;
        double Ratio(double x) => (1 - x) * Math.Exp(tail * x);
        double top = Math.Max(0, 1 - (1 / tail));
        var (low, high) = top > 0 ? (1.0, Ratio(top)) : (0.0, 1.0);
        if (asked <= low || asked >= high)
        {
            throw new DistributionException(percentile.Name,
                $"is {HumanTime.Format(percentile.Value)}, but a Pareto with mean {HumanTime.Format(mean)} has it above {HumanTime.Format(low * mean)} and below "
                + $"{HumanTime.Format(high * mean)}: move it there, or choose another distribution.");
        }
        var (from, to) = top > 0 ? (0.0, top) : (0.0, 1.0);
        return 1 / Brent.FindRoot(x => Ratio(x) - asked, from, to, 1e-14, 200);
    }
}
