using System.Numerics;

namespace Mesh.Runtime.Resilience;

/// <summary>
/// Latencies of a sliding window in buckets that grow with the value: 16 to each doubling above 0.1 ms, so that a quantile is within 1/16 of its bucket's
/// edge, and interpolation brings it much nearer. Two halves take turns: what is told covers between one half window and a whole one. Allocates nothing once made.
/// </summary>
internal sealed class RecentLatencies
{
    private const int SubBits = 4;
    private const int SubBuckets = 1 << SubBits;
    private const int UnitBits = 6;                     // 6.4 µs, the width of the lowest buckets
    private const int Octaves = 26;                     // up to two hours
    private const int BucketCount = (Octaves + 1) * SubBuckets;

    private readonly long _half;
    private int[] _recent = new int[BucketCount];
    private int[] _older = new int[BucketCount];
    private int _recentCount;
    private int _olderCount;
    private long _began;

    /// <param name="window">How long a latency counts, at most.</param>
    public RecentLatencies(TimeSpan window) => _half = Math.Max(1, window.Ticks / 2);

    /// <summary>Latencies in the window.</summary>
    public int Count => _recentCount + _olderCount;

    /// <summary>Takes one latency.</summary>
    public void Add(long ticks, long now)
    {
        Advance(now);
        _recent[BucketOf(ticks)]++;
        _recentCount++;
    }

    /// <summary>Forgets what has left the window.</summary>
    public void Advance(long now)
    {
        long passed = now - _began;
        if (passed < _half) return;
        (_recent, _older) = (_older, _recent);
        Array.Clear(_recent);
        (_olderCount, _recentCount) = (_recentCount, 0);
        if (passed >= 2 * _half)
        {
            Array.Clear(_older);
            _olderCount = 0;
        }
        _began = now - passed % _half;
    }

    /// <summary>The latency in ticks that a share of those in the window stays below. There must be one at least.</summary>
    public long Quantile(double share)
    {
        double rank = share * Count;
        long below = 0;
        for (int bucket = 0; bucket < BucketCount; bucket++)
        {
            int here = _recent[bucket] + _older[bucket];
            if (here > 0 && below + here >= rank)
            {
                long low = EdgeOf(bucket);
                return low + (long)((EdgeOf(bucket + 1) - low) * Math.Clamp((rank - below) / here, 0, 1));
            }
            below += here;
        }
        throw new InvalidOperationException("The histogram is empty.");
    }

    private static int BucketOf(long ticks)
    {
        long units = Math.Max(0, ticks) >> UnitBits;
        int octave = Math.Max(0, BitOperations.Log2((ulong)units) - SubBits);
        return units < SubBuckets ? (int)units : Math.Min(BucketCount - 1, octave * SubBuckets + (int)(units >> octave));
    }

    private static long EdgeOf(int bucket)
    {
        int octave = Math.Max(0, bucket / SubBuckets - 1);
        return (long)(bucket - octave * SubBuckets) << (octave + UnitBits);
    }
}
