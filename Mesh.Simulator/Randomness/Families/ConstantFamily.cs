namespace Mesh.Simulator.Randomness.Families;

internal sealed class ConstantFamily(double value) : Family
{
    public override double Mean => value;

    public static ConstantFamily Fit(Parameters given)
    {
        const string rule = "it takes mean, its only value";
        given.Allow("constant", rule, "mean");
        return new ConstantFamily(given.Config.Mean
            ?? throw new DistributionException("mean", $"is missing for constant: {rule}."));
    }

    public override double Quantile(double u) => value;

    public override string Describe() => $"constant {HumanTime.Format(value)}";
}
