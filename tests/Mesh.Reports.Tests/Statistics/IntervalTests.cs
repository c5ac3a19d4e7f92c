using MathNet.Numerics.Distributions;
using Mesh.Reports.Statistics;

namespace Mesh.Reports.Tests.Statistics;

public sealed class IntervalTests
{
    /// <summary>Normal observations from a fixed stream: the same in every run.</summary>
    private static IEnumerable<double[]> Samples(int experiments, int size)
    {
        var draws = new MathNet.Numerics.Random.MersenneTwister(1);
        for (int i = 0; i < experiments; i++) yield return [.. Enumerable.Range(0, size).Select(_ => Normal.Sample(draws, 10, 3))];
    }

    // The share of the intervals that cover the truth is binomial: four standard deviations of it is one false alarm in 16,000.
    private static double Tolerance(int experiments) => 4 * Math.Sqrt(0.95 * 0.05 / experiments);

    [Theory]
    [InlineData(new double[] { 1, 2, 3, 4, 5 }, 3, 1.96324316)]   // 2.776445 * sqrt(2.5/5)
    [InlineData(new double[] { 10, 12 }, 11, 12.7062047)]         // 12.7062 * sqrt(2/2)
    [InlineData(new double[] { 7, 7, 7 }, 7, 0)]
    public void Half_width_is_students(double[] values, double mean, double half)
    {
        var interval = Interval.Of(values);
        Assert.Equal(mean, interval.Mean, 12);
        Assert.Equal(half, interval.HalfWidth!.Value, 6);
        Assert.Equal((mean - half, mean + half), (Math.Round(interval.Low!.Value, 6), Math.Round(interval.High!.Value, 6)), Close);
    }

    [Fact]
    public void One_observation_has_no_interval()
    {
        var interval = Interval.Of([5]);
        Assert.Equal((5.0, null, 1), (interval.Mean, interval.HalfWidth, interval.Count));
        Assert.False(interval.Contains(5));
    }

    [Fact]
    public void Nothing_observed_has_no_mean() => Assert.True(double.IsNaN(Interval.Of([double.NaN]).Mean));

    [Fact]
    public void A_replication_without_a_value_is_left_out() => Assert.Equal(Interval.Of([1, 2, 3]), Interval.Of([1, double.NaN, 2, 3]));

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(20)]
    public void Ninety_five_percent_of_the_intervals_cover_the_truth(int size)
    {
        const int experiments = 4_000;
        double covered = Samples(experiments, size).Count(values => Interval.Of(values).Contains(10)) / (double)experiments;
        Assert.Equal(0.95, covered, Tolerance(experiments));
    }

    [Fact]
    public void The_coverage_test_would_notice_the_normal_distribution_in_students_place()
    {
        const int experiments = 4_000;
        double covered = Samples(experiments, 5).Count(values =>
        {
            var interval = Interval.Of(values);
            double z = interval.HalfWidth!.Value * Normal.InvCDF(0, 1, 0.975) / StudentT.InvCDF(0, 1, 4, 0.975);
            return Math.Abs(interval.Mean - 10) <= z;
        }) / (double)experiments;
        Assert.True(covered < 0.95 - Tolerance(experiments), $"covered {covered}");
    }

    [Fact]
    public void Pairing_removes_what_both_have_in_common()
    {
        double[] common = [1, 5, 2, 9, 4, 7], noise = [0.1, -0.1, 0.05, 0, -0.05, 0.02];
        var paired = PairedDifference.Of(common, [.. common.Zip(noise, (a, b) => a + 1 + b)]);
        Assert.True(paired.IsSignificant);
        Assert.Equal(1 + noise.Average(), paired.Difference.Mean, 12);
        Assert.InRange(paired.Difference.HalfWidth!.Value, 0.01, 0.1);
        Assert.InRange(paired.Correlation, 0.99, 1);
        Assert.False(PairedDifference.Of(common, [9, 1, 4, 2, 7, 5]).IsSignificant);
    }

    [Fact]
    public void Unequal_numbers_cannot_be_paired() => Assert.Throws<ArgumentException>(() => PairedDifference.Of([1], [1, 2]));

    private static bool Close((double, double) a, (double, double) b) => Math.Abs(a.Item1 - b.Item1) < 1e-4 && Math.Abs(a.Item2 - b.Item2) < 1e-4;
}
