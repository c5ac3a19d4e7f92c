namespace Mesh.Reports.Statistics;

/// <summary>
/// The difference between two variants that ran on the same seeds: paired by replication, so that what both have in common
/// (arrivals, demands, faults) falls out.
/// </summary>
/// <param name="Difference">The interval of second minus first.</param>
/// <param name="Correlation">How much the variants had in common, -1 to 1: the higher, the more pairing gained; NaN when one of them did not vary.</param>
public readonly record struct PairedDifference(Interval Difference, double Correlation)
{
    /// <summary>Whether the interval excludes 0: the variants differ.</summary>
    public bool IsSignificant => Difference.HalfWidth is { } half && Math.Abs(Difference.Mean) > half;

    /// <summary>Compares two variants, replication by replication. A pair with a value that is not finite is left out.</summary>
    /// <exception cref="ArgumentException">There are not as many of one as of the other.</exception>
    public static PairedDifference Of(IReadOnlyList<double> first, IReadOnlyList<double> second, double confidence = 0.95)
    {
        if (first.Count != second.Count) throw new ArgumentException($"{first.Count} replications cannot be paired with {second.Count}", nameof(second));
        var pairs = first.Zip(second).Where(pair => double.IsFinite(pair.First) && double.IsFinite(pair.Second)).ToList();
        var difference = Interval.Of(pairs.Select(pair => pair.Second - pair.First), confidence);
        double correlation = pairs.Count < 2 ? double.NaN
            : MathNet.Numerics.Statistics.Correlation.Pearson(pairs.Select(pair => pair.First), pairs.Select(pair => pair.Second));
        return new PairedDifference(difference, correlation);
    }
}
