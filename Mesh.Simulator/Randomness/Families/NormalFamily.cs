using MathNet.Numerics.Distributions;

namespace Mesh.Simulator.Randomness.Families;

/// <summary>The bell curve, for times that vary a little about their mean. It is cut at 0 and, so that the mean stays, at twice the mean.</summary>
internal sealed class NormalFamily(double mean, double cv) : Family
{
    private const string Rule = "it takes mean, and one of cv and a percentile above p50";
    private const double Widest = 1.0 / 3;   // beyond, the cut would show: more than one draw in a thousand

    public override double Mean => mean;

    public static NormalFamily Fit(Parameters given)
    {
        var (mean, other) = MeanAndOne.Of(given, "normal", Rule);
        if (other.Name is "shape" or "p50") throw new DistributionException(other.Name, $"says nothing about normal: {Rule}.");
        double cv = other.Name == "cv" ? other.Value : (other.Value / mean - 1) / Normal.InvCDF(0, 1, other.Level);
        if (cv is > 0 and <= Widest) return new NormalFamily(mean, cv);
        throw new DistributionException(other.Name, other.Name == "cv"
            ? $"is {HumanTime.Number(cv)}: a normal distribution that wide reaches below 0. Give at most 0.333, or name lognormal or gamma."
            : $"is {HumanTime.Format(other.Value)}: a normal distribution with mean {HumanTime.Format(mean)} has it above that, and at most at {HumanTime.Format(mean * (1 + Widest * Normal.InvCDF(0, 1, other.Level)))}. Move it there, or name lognormal or gamma.");
    }

    public override double Quantile(double u) => mean * (1 + Math.Clamp(cv * Normal.InvCDF(0, 1, u), -1, 1));

    public override string Describe() => DescribeByTail("normal");
}
