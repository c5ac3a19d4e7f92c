using MathNet.Numerics.Distributions;

namespace Mesh.Reports.Statistics;

/// <summary>
/// A mean over independent observations (one a replication) with its confidence interval by Student's t.
/// One observation has a mean and no interval; none has a mean of NaN.
/// </summary>
/// <param name="Mean">The mean of the observations.</param>
/// <param name="HalfWidth">Half of the interval's width; <c>null</c> with fewer than two observations.</param>
/// <param name="Count">Observations.</param>
public readonly record struct Interval(double Mean, double? HalfWidth, int Count)
{
    /// <summary>The interval's lower end.</summary>
    public double? Low => Mean - HalfWidth;

    /// <summary>The interval's upper end.</summary>
    public double? High => Mean + HalfWidth;

    /// <summary>Half width over mean: how precise the mean is known; <c>null</c> without an interval or with mean 0.</summary>
    public double? RelativeHalfWidth => Mean == 0 ? null : HalfWidth / Math.Abs(Mean);

    /// <summary>Whether <paramref name="value"/> lies in the interval, its ends included; false without an interval.</summary>
    public bool Contains(double value) => HalfWidth is { } half && Math.Abs(value - Mean) <= half;

    /// <summary>The interval of the mean of <paramref name="observations"/>. Those that are not finite (a replication without a request) are left out.</summary>
    /// <param name="observations">Independent observations.</param>
    /// <param name="confidence">Between 0 and 1. Default 0.95.</param>
    public static Interval Of(IEnumerable<double> observations, double confidence = 0.95)
    {
        double[] values = [.. observations.Where(double.IsFinite)];
        if (values.Length == 0) return new Interval(double.NaN, null, 0);
        double mean = values.Average();
        if (values.Length == 1) return new Interval(mean, null, 1);
        double variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1);
        double t = StudentT.InvCDF(0, 1, values.Length - 1, (1 + confidence) / 2);
        return new Interval(mean, t * Math.Sqrt(variance / values.Length), values.Length);
    }
}
