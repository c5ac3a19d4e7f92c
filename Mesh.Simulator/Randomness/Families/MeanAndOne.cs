namespace Mesh.Simulator.Randomness.Families;

/// <summary>The parameters of families that take the mean and one more.</summary>
internal static class MeanAndOne
{
    /// <summary>The mean, and the shape, cv or percentile that was given with it.</summary>
    public static (double Mean, Percentile Other) Of(Parameters given, string family, string rule)
    {
        given.Allow(family, rule, "mean", "shape", "cv", "p50", "p90", "p95", "p99", "p999");
        given.RequirePositive($"a {family} distribution");
        if (given.Config.Mean is not { } mean)
            throw new DistributionException("mean", $"is missing for {family}: {rule}.");
        if (given.Count != 2)
            throw new DistributionException("distribution", $"{family} has two parameters, but given is {given.Describe()}: {rule}.");
        if (given.Percentiles.Count > 0)
            return (mean, given.Percentiles[0]);
        return (mean, given.Config.Shape is { } shape ? new Percentile("shape", 0, shape) : new Percentile("cv", 0, given.Config.Cv!.Value));
    }
}
