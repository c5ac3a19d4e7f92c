namespace Mesh.Simulator.Randomness.Families;

/// <summary>
/// Straight lines between the quantiles given. Without a minimum the first starts at 0; without a maximum the last is continued to the end,
/// so that values above the highest percentile are as dense as those just below it.
/// </summary>
internal sealed class EmpiricalFamily : Family
{
    private const string Rule = "it takes two or more of min, p50, p90, p95, p99, p999 and max";
    private readonly (double Level, double Value)[] _points;

    private EmpiricalFamily((double Level, double Value)[] points)
    {
        _points = points;
        for (int i = 1; i < points.Length; i++)
            Mean += (points[i].Level - points[i - 1].Level) * (points[i].Value + points[i - 1].Value) / 2;
    }

    public override double Mean { get; }

    public static EmpiricalFamily Fit(Parameters given)
    {
        given.Allow("empirical", Rule, "min", "p50", "p90", "p95", "p99", "p999", "max");
        if (given.Count < 2)
            throw new DistributionException("distribution", $"empirical has too few quantiles: {Rule}.");
        List<(double Level, double Value)> points = [(0, given.Config.Min ?? 0)];
        points.AddRange(given.Percentiles.Select(percentile => (percentile.Level, percentile.Value)));
        points.Add((1, given.Config.Max ?? Continue(points[^2], points[^1])));
        return new EmpiricalFamily([.. points]);
    }

    public override double Quantile(double u)
    {
        var points = _points;
        int next = 1;
        while (next < points.Length - 1 && points[next].Level <= u)
            next++;
        var (fromLevel, from) = points[next - 1];
        var (toLevel, to) = points[next];
        return from + ((to - from) * (u - fromLevel) / (toLevel - fromLevel));
    }

    public override string Describe() => DescribeByTail("empirical");

    private static double Continue((double Level, double Value) from, (double Level, double Value) to) =>
        to.Value + ((to.Value - from.Value) * (1 - to.Level) / (to.Level - from.Level));
}
