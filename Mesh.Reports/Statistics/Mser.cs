namespace Mesh.Reports.Statistics;

/// <summary>
/// Where a series stops being shaped by its beginning: MSER-k (White 1997; White, Cobb and Spratt 2000). Over means of k observations,
/// it cuts where the rest is known best: the least of variance over what is left.
/// </summary>
public static class Mser
{
    /// <summary>The observations to leave out at the beginning, a multiple of <paramref name="batch"/>; <c>null</c> when the best cut is half of the series: too short to tell.</summary>
    /// <param name="series">Observations in their order.</param>
    /// <param name="batch">Observations averaged into one, k. Default 5; 1 when the observations are averages already.</param>
    public static int? Truncation(IReadOnlyList<double> series, int batch = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        int count = series.Count / batch;
        int half = count / 2;
        if (half == 0) return null;
        double[] means = [.. Enumerable.Range(0, count).Select(i => series.Skip(i * batch).Take(batch).Average())];

        // From the end: the running mean and sum of squared deviations of everything behind the cut (Welford).
        double mean = 0, squares = 0, least = double.PositiveInfinity;
        int best = half;
        for (int cut = count - 1; cut >= 0; cut--)
        {
            int kept = count - cut;
            double delta = means[cut] - mean;
            mean += delta / kept;
            squares += delta * (means[cut] - mean);
            double score = squares / ((double)kept * kept);
            // Of equal cuts the earliest: nothing is thrown away without need.
            if (cut <= half && score <= least) (least, best) = (score, cut);
        }
        return best == half ? null : best * batch;
    }
}
