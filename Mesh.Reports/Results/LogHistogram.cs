using System.Numerics;
using System.Text.Json.Serialization;

namespace Mesh.Reports.Results;

/// <summary>
/// A histogram of durations with HdrHistogram's log-linear layout, but sparse: memory follows the values that occurred, not the range,
/// so that thousands of edges fit. Sum, least and greatest value are exact; a percentile is off by half a bucket at most.
/// Durations are ticks of 100 ns.
/// </summary>
[JsonConverter(typeof(LogHistogramConverter))]
public sealed class LogHistogram
{
    /// <summary>1,024 buckets an octave: three significant digits, as HdrHistogram is usually run.</summary>
    public const int Fine = 10;

    /// <summary>64 buckets an octave: a bucket is at most 1.6% wide.</summary>
    public const int Coarse = 6;

    private const int PageBits = 6;
    internal const int PageSize = 1 << PageBits;

    private uint[]?[] _pages = [];

    /// <summary>An empty histogram with 2^<paramref name="precision"/> buckets an octave.</summary>
    public LogHistogram(int precision = Coarse)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(precision, PageBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precision, 16);
        Precision = precision;
    }

    /// <summary>The binary logarithm of the buckets in an octave.</summary>
    public int Precision { get; }

    /// <summary>Values recorded.</summary>
    public long Count { get; private set; }

    /// <summary>Their exact sum, in ticks.</summary>
    public long Sum { get; private set; }

    /// <summary>The least value in ticks; 0 when empty.</summary>
    public long Min { get; private set; }

    /// <summary>The greatest value in ticks; 0 when empty.</summary>
    public long Max { get; private set; }

    /// <summary>The exact mean in ticks; 0 when empty.</summary>
    public double Mean => Count == 0 ? 0 : (double)Sum / Count;

    /// <summary>Records one duration; a negative one counts as 0.</summary>
    public void Record(long ticks)
    {
        if (ticks < 0) ticks = 0;
        int index = IndexOf(ticks);
        int page = index >> PageBits;
        uint[]? counts = page < _pages.Length ? _pages[page] : null;
        counts ??= AddPage(page);
        counts[index & (PageSize - 1)]++;
        if (Count == 0 || ticks < Min) Min = ticks;
        if (ticks > Max) Max = ticks;
        Count++;
        Sum += ticks;
    }

    /// <summary>Adds all values of <paramref name="other"/>. From another precision each bucket is taken at its middle.</summary>
    public void Add(LogHistogram other)
    {
        if (other.Count == 0) return;
        foreach (var bucket in other.Buckets())
        {
            int index = other.Precision == Precision ? bucket.Index : IndexOf((long)bucket.Middle);
            AddAt(index, (uint)bucket.Count);
        }
        Extend(other.Min, other.Max, other.Count, other.Sum);
    }

    /// <summary>All values of <paramref name="parts"/>, in the coarsest precision among them.</summary>
    public static LogHistogram Merge(IEnumerable<LogHistogram> parts)
    {
        var list = parts.Where(part => part.Count > 0).ToList();
        var merged = new LogHistogram(list.Count == 0 ? Coarse : list.Min(part => part.Precision));
        foreach (var part in list) merged.Add(part);
        return merged;
    }

    /// <summary>
    /// The least value that at least the share <paramref name="quantile"/> (0 to 1) of the values does not exceed, in ticks;
    /// NaN when empty. The middle of its bucket, and exact for the greatest value.
    /// </summary>
    public double Percentile(double quantile)
    {
        if (Count == 0) return double.NaN;
        // The tolerance keeps 0.29 x 100 = 28.999999999999996 from becoming rank 29's neighbour.
        long rank = Math.Clamp((long)Math.Ceiling(quantile * Count - 1e-9), 1, Count);
        if (rank == Count) return Max;
        long seen = 0;
        foreach (var bucket in Buckets())
        {
            seen += bucket.Count;
            if (seen >= rank) return Math.Clamp(bucket.Middle, Min, Max);
        }
        return Max;
    }

    /// <summary>The buckets that hold something, in ascending order.</summary>
    public IEnumerable<HistogramBucket> Buckets()
    {
        for (int page = 0; page < _pages.Length; page++)
        {
            if (_pages[page] is not { } counts) continue;
            for (int i = 0; i < PageSize; i++)
                if (counts[i] != 0) yield return BucketAt((page << PageBits) + i, counts[i]);
        }
    }

    /// <summary>The counts, 64 buckets a page; <c>null</c> where nothing ever was.</summary>
    internal ReadOnlySpan<uint[]?> Pages => _pages;

    /// <summary>Forgets every value and keeps the memory.</summary>
    internal void Clear()
    {
        foreach (var page in _pages) page?.AsSpan().Clear();
        Count = Sum = Min = Max = 0;
    }

    /// <summary>Adds a bucket as the packed form holds it; the totals follow by <see cref="Extend"/>.</summary>
    internal void AddAt(int index, uint count)
    {
        int page = index >> PageBits;
        uint[]? counts = page < _pages.Length ? _pages[page] : null;
        counts ??= AddPage(page);
        counts[index & (PageSize - 1)] = checked(counts[index & (PageSize - 1)] + count);
    }

    /// <summary>Takes over the exact totals of values that went in by <see cref="AddAt"/>.</summary>
    internal void Extend(long min, long max, long count, long sum)
    {
        if (Count == 0 || min < Min) Min = min;
        if (max > Max) Max = max;
        Count += count;
        Sum += sum;
    }

    private int IndexOf(long ticks)
    {
        int octave = BitOperations.Log2((ulong)ticks | 1) - Precision;
        return octave <= 0 ? (int)ticks : (octave << Precision) + (int)(ticks >> octave);
    }

    private HistogramBucket BucketAt(int index, uint count)
    {
        int octave = Math.Max(0, (index >> Precision) - 1);
        long from = (long)(index - (octave << Precision)) << octave;
        return new HistogramBucket(index, from, from + (1L << octave), count);
    }

    private uint[] AddPage(int page)
    {
        if (page >= _pages.Length) Array.Resize(ref _pages, page + 4);
        return _pages[page] = new uint[PageSize];
    }
}

/// <summary>One bucket of a <see cref="LogHistogram"/>.</summary>
/// <param name="Index">Its number in the histogram's precision.</param>
/// <param name="From">Its least value, in ticks.</param>
/// <param name="To">One above its greatest value.</param>
/// <param name="Count">Values in it.</param>
public readonly record struct HistogramBucket(int Index, long From, long To, long Count)
{
    /// <summary>The value that stands for all of the bucket, in ticks.</summary>
    public double Middle => From + (To - 1 - From) / 2.0;
}
