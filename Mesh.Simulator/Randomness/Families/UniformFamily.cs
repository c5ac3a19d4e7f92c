using MathNet.Numerics.Distributions;

namespace Mesh.Simulator.Randomness.Families;

internal sealed class UniformFamily(double min, double max) : Family
{
    private const string Rule = "it takes min and max";

    public override double Mean => (min + max) / 2;

    public static UniformFamily Fit(Parameters given)
    {
        given.Allow("uniform", Rule, "min", "max");
        if (given.Config is not { Min: { } min, Max: { } max })
            throw new DistributionException(given.Has("min") ? "max" : "min", $"is missing for uniform: {Rule}.");
        if (max <= min)
            throw new DistributionException("max", $"is {HumanTime.Format(max)}, no more than min: a uniform varies. Give more, or name constant.");
        return new UniformFamily(min, max);
    }

    public override double Quantile(double u) => ContinuousUniform.InvCDF(min, max, u);

    public override string Describe() => $"uniform, {HumanTime.Format(min)} to {HumanTime.Format(max)}";
}
