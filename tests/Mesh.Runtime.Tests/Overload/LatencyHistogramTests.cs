using CsCheck;
using Mesh.Runtime.Overload;

namespace Mesh.Runtime.Tests.Overload;

public class LatencyHistogramTests
{
    /// <summary>libcircllhist's rule worked by hand: the bin of two digits, and within it a share of its width by the count.</summary>
    [Theory]
    [InlineData(new long[] { 5000 }, 0.5, 5050)]                              // bin [5000, 5100), half of its one value
    [InlineData(new long[] { 1000, 2000, 3000, 4000, 5000 }, 0.5, 3050)]
    [InlineData(new long[] { 10, 10, 20, 20 }, 0.5, 11)]                      // rank 2 is the end of [10, 11)
    [InlineData(new long[] { 10, 10, 20, 20 }, 0.0, 10)]
    [InlineData(new long[] { 10, 10, 20, 20 }, 1.0, 21)]
    [InlineData(new long[] { 1337, 1337, 1337, 1337 }, 0.5, 1350)]            // [1300, 1400)
    [InlineData(new long[] { 0 }, 0.5, 0)]
    [InlineData(new long[] { 7 }, 0.5, 7)]                                    // [7, 7.1)
    [InlineData(new long[] { 999_999 }, 0.5, 995_000)]
    public void Quantile_is_libcircllhist_s(long[] values, double quantile, long microseconds)
    {
        var histogram = new LatencyHistogram();
        foreach (long value in values) histogram.Add(value);
        Assert.Equal(microseconds, histogram.Quantile(quantile));
    }

    [Fact]
    public void Quantile_is_within_a_tenth_of_the_sample_s() =>
        Gen.Long[10, 10_000_000_000].Array[1, 60].Sample(values =>
        {
            var histogram = new LatencyHistogram();
            foreach (long value in values) histogram.Add(value);
            long[] sorted = [.. values.Order()];
            long exact = sorted[(sorted.Length + 1) / 2 - 1];
            return Math.Abs(histogram.Quantile(0.5) - exact) <= exact * 0.1 + 1;
        });

    [Fact]
    public void Nothing_is_left_after_clearing()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(12_345);
        histogram.Clear();
        Assert.Equal((0, 0L), (histogram.Count, histogram.Quantile(0.5)));
        histogram.Add(20);
        Assert.Equal(20, histogram.Quantile(0.5));
    }
}
