using System.Globalization;

namespace Mesh.Benchmarks;

/// <summary>The least, the middle and the greatest of repeated measurements.</summary>
internal readonly record struct Spread(double Min, double Median, double Max)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(sorted[0], median, sorted[^1]);
    }

    /// <summary>Such as <c>112 – 118 – 121</c>.</summary>
    public string Format(string format) => string.Join(" – ",
        new[] { Min, Median, Max }.Select(value => value.ToString(format, CultureInfo.InvariantCulture)));

    public Spread Per(double unit) => new(Min / unit, Median / unit, Max / unit);
}
