using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Interpolation;

namespace Mesh.Simulator.Randomness.Families;

/// <summary>
/// Inverting the gamma function takes 2 to 15 µs, too long for each draw. So its logarithm is tabulated over the normal quantile z,
/// where it is smooth, and interpolated by a monotone cubic, within 1e-4 of the exact value. Draws are cut at the quantiles of z = ±6, one draw in a thousand million.
/// </summary>
internal sealed class GammaFamily : Family
{
    private const string Rule = "it takes mean, and one of shape, cv and a percentile";
    private const double Limit = 6;
    private const int Points = 129;
    private readonly double _logScale;
    private readonly CubicSpline _logQuantile;

    private GammaFamily(double mean, double shape)
    {
        Mean = mean;
        _logScale = Math.Log(mean / shape);
        double[] z = Generate.LinearSpaced(Points, -Limit, Limit);
        _logQuantile = CubicSpline.InterpolatePchipSorted(z, [.. z.Select(at => LogQuantile(shape, at))]);
    }

    public override double Mean { get; }

    public static GammaFamily Fit(Parameters given)
    {
        var (mean, other) = MeanAndOne.Of(given, "gamma", Rule);
        double shape = other switch
        {
            { Name: "shape" } => ShapeSearch.Check(other.Value, "shape", other.Value),
            { Name: "cv" } => ShapeSearch.Check(1 / (other.Value * other.Value), "cv", other.Value),
            _ => ShapeSearch.ForRatio(k => Gamma.InvCDF(k, k, other.Level), other.Value / mean, other, mean, "a gamma distribution"),
        };
        return new GammaFamily(mean, shape);
    }

    public override double Quantile(double u)
    {
        double z = Math.Clamp(Normal.InvCDF(0, 1, u), -Limit, Limit);
        return Math.Exp(_logScale + _logQuantile.Interpolate(z));
    }

    public override string Describe() => DescribeByTail("gamma");

    private static double LogQuantile(double shape, double z)
    {
        double u = Normal.CDF(0, 1, z);
        // Near 0 the distribution function is u = x^shape / Gamma(shape + 1); MathNet's inverse loses its digits there.
        double nearZero = (Math.Log(u) + SpecialFunctions.GammaLn(shape + 1)) / shape;
        return nearZero < -16 ? nearZero : Math.Log(Gamma.InvCDF(shape, 1, u));
    }
}
