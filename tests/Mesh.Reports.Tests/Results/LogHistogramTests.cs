using CsCheck;
using Mesh.Reports.Results;

namespace Mesh.Reports.Tests.Results;

public sealed class LogHistogramTests
{
    private static readonly Gen<long[]> Durations = Gen.OneOf(Gen.Long[0, 200], Gen.Long[0, 1_000_000], Gen.Long[0, 1L << 44]).Array[1, 200];

    private static LogHistogram Of(IEnumerable<long> values, int precision = LogHistogram.Coarse)
    {
        var histogram = new LogHistogram(precision);
        foreach (long value in values) histogram.Record(value);
        return histogram;
    }

    [Fact]
    public void Percentiles_are_off_by_half_a_bucket_at_most() => Gen.Select(Durations, Gen.Double[0, 1], Gen.Bool.Select(fine => fine ? LogHistogram.Fine : LogHistogram.Coarse))
        .Sample((values, quantile, precision) =>
        {
            var sorted = values.Order().ToArray();
            long exact = sorted[Math.Clamp((int)Math.Ceiling(quantile * sorted.Length - 1e-9), 1, sorted.Length) - 1];
            double found = Of(values, precision).Percentile(quantile);
            return Math.Abs(found - exact) <= exact * Math.Pow(2, -precision) / 2 + 1e-9;
        });

    [Fact]
    public void Count_sum_least_and_greatest_are_exact() => Durations.Sample(values =>
    {
        var histogram = Of(values);
        return histogram.Count == values.Length && histogram.Sum == values.Sum() && histogram.Min == values.Min() && histogram.Max == values.Max();
    });

    [Fact]
    public void Packing_loses_nothing() => Gen.Select(Durations, Gen.Bool.Select(fine => fine ? LogHistogram.Fine : LogHistogram.Coarse)).Sample((values, precision) =>
    {
        var before = Of(values, precision);
        var after = PackedHistogram.Unpack(PackedHistogram.Pack(before));
        Assert.Equal(before.Buckets(), after.Buckets());
        Assert.Equal((before.Count, before.Sum, before.Min, before.Max, before.Precision), (after.Count, after.Sum, after.Min, after.Max, after.Precision));
    });

    [Fact]
    public void Merging_is_recording_into_one() => Gen.Select(Durations, Durations).Sample((a, b) =>
        Assert.Equal(Of(a.Concat(b)).Buckets(), LogHistogram.Merge([Of(a), Of(b)]).Buckets()));

    [Fact]
    public void Merging_two_precisions_keeps_the_coarser()
    {
        var merged = LogHistogram.Merge([Of([10_000_001], LogHistogram.Fine), Of([50])]);
        Assert.Equal((LogHistogram.Coarse, 2L, 10_000_051L), (merged.Precision, merged.Count, merged.Sum));
        Assert.Equal(50, merged.Percentile(0.5));
    }

    [Fact]
    public void An_empty_histogram_has_no_percentile() => Assert.True(double.IsNaN(new LogHistogram().Percentile(0.5)));

    [Theory]
    [InlineData("")]
    [InlineData("06")]
    [InlineData("0605")]
    [InlineData("0601010101FFFFFFFFFF")]
    [InlineData("0602020101")]
    [InlineData("FF")]
    public void Damaged_bytes_are_refused(string hex) => Assert.Throws<InvalidDataException>(() => PackedHistogram.Unpack(Convert.FromHexString(hex)));

    [Fact]
    public void Buckets_meet_without_gap_or_overlap()
    {
        var buckets = Of(Enumerable.Range(0, 5000).Select(i => (long)i)).Buckets().ToList();
        Assert.All(buckets.Zip(buckets.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
        Assert.Equal(5000, buckets.Sum(bucket => bucket.Count));
        Assert.All(buckets.SkipLast(1), bucket => Assert.Equal(bucket.To - bucket.From, bucket.Count));
    }
}
