namespace Mesh.Reports.Statistics;

/// <summary>The mean of one long, correlated series, from the means of batches long enough to be nearly independent.</summary>
/// <param name="Mean">The interval over the batches' means.</param>
/// <param name="LagOne">The correlation of neighbouring batches; far above 0 the batches are too short and the interval too narrow.</param>
public readonly record struct BatchMeans(Interval Mean, double LagOne)
{
    /// <summary>Cuts <paramref name="series"/> into equal batches; what does not fill a batch at the beginning is left out.</summary>
    /// <param name="series">Observations in their order.</param>
    /// <param name="batches">How many, 2 or more; 20 to 30 is usual. Default 20.</param>
    /// <param name="confidence">Between 0 and 1. Default 0.95.</param>
    /// <exception cref="ArgumentException">There are fewer observations than batches.</exception>
    public static BatchMeans Of(IReadOnlyList<double> series, int batches = 20, double confidence = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batches, 2);
        int size = series.Count / batches;
        if (size == 0) throw new ArgumentException($"{series.Count} observations do not fill {batches} batches", nameof(series));
        int first = series.Count - size * batches;
        double[] means = [.. Enumerable.Range(0, batches).Select(batch => series.Skip(first + batch * size).Take(size).Average())];
        return new BatchMeans(Interval.Of(means, confidence), Correlation(means));
    }

    private static double Correlation(double[] values)
    {
        double mean = values.Average();
        double variance = values.Sum(value => (value - mean) * (value - mean));
        return variance == 0 ? 0 : values.Zip(values.Skip(1), (a, b) => (a - mean) * (b - mean)).Sum() / variance;
    }
}
