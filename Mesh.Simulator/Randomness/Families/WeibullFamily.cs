using MathNet.Numerics;
using MathNet.Numerics.RootFinding;

namespace Mesh.Simulator.Randomness.Families;

/// <summary>A power of an exponential variable: scale · E^(1/shape).</summary>
internal sealed class WeibullFamily(double mean, double shape) : Family
{
    private const string Rule = "it takes mean, and one of shape, cv and a percentile";
    private readonly double _scale = mean / Moment(1, shape);
    private readonly double _power = 1 / shape;

    public override double Mean => mean;

    public static WeibullFamily Fit(Parameters given)
    {
        var (mean, other) = MeanAndOne.Of(given, "weibull", Rule);
        return new WeibullFamily(mean, other.Name switch
        {
            "shape" => ShapeSearch.Check(other.Value, "shape", other.Value),
            "cv" => FromVariation(other.Value),
            _ => ShapeSearch.ForRatio(k => new WeibullFamily(1, k).Quantile(other.Level), other.Value / mean, other, mean, "a Weibull distribution"),
        });
    }

    public override double Quantile(double u) => _scale * Math.Pow(-Math.Log(1 - u), _power);

    public override string Describe() => DescribeByTail("weibull");

    /// <summary>The n-th moment at scale 1.</summary>
    private static double Moment(int n, double shape) => Math.Exp(SpecialFunctions.GammaLn(1 + (n / shape)));

    private static double Variation(double shape) => Math.Sqrt((Moment(2, shape) / Math.Pow(Moment(1, shape), 2)) - 1);

    private static double FromVariation(double cv)
    {
        double least = Variation(ShapeSearch.Largest);
        double most = Variation(ShapeSearch.Smallest);
        if (cv < least || cv > most)
        {
            throw new DistributionException("cv",
                $"is {HumanTime.Number(cv)}: for weibull, give {HumanTime.Number(least)} to {HumanTime.Number(most)}.");
        }
        return Math.Exp(Brent.FindRoot(
            logShape => Math.Log(Variation(Math.Exp(logShape)) / cv), Math.Log(ShapeSearch.Smallest), Math.Log(ShapeSearch.Largest), 1e-12, 200));
    }
}
