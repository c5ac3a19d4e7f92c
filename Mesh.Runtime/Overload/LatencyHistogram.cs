namespace Mesh.Runtime.Overload;

/// <summary>
/// A histogram of latencies in whole microseconds with bins of two decimal digits: 90 bins a decade, 10% wide at most.
/// Bins and quantile are those of Envoy's controller (libcircllhist, <c>hist_approx_quantile</c>), so that the limits are the same to the unit.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int BinsPerDecade = 90;
    private const int Decades = 11;   // 1 us to 11 days
    private readonly int[] _counts = new int[1 + Decades * BinsPerDecade];
    private int _lowest = int.MaxValue;
    private int _highest = -1;

    /// <summary>Latencies in it.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a latency.</summary>
    public void Add(long microseconds)
    {
        int bin = BinOf(microseconds);
        _counts[bin]++;
        _lowest = Math.Min(_lowest, bin);
        _highest = Math.Max(_highest, bin);
        Count++;
    }

    /// <summary>The quantile in whole microseconds: within its bin, between the bin's ends, in proportion to the count. 0 when there is none.</summary>
    public long Quantile(double q)
    {
        if (Count == 0) return 0;
        double rank = Count * q;
        int bin = _lowest;
        double below = 0, upTo = _counts[bin];
        while (bin < _highest && upTo < rank)
        {
            if (_counts[++bin] == 0) continue;
            below = upTo;
            upTo += _counts[bin];
        }
        (double left, double width) = EdgesOf(bin);
        return (long)(left + (rank - below) / (upTo - below) * width);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        if (Count == 0) return;
        Array.Clear(_counts, _lowest, _highest - _lowest + 1);
        (_lowest, _highest, Count) = (int.MaxValue, -1, 0);
    }

    private static int BinOf(long value)
    {
        if (value <= 0) return 0;
        if (value < 10) return 1 + (int)value * 10 - 10;
        int decade = 1;
        while (value >= 100)
        {
            value /= 10;
            decade++;
        }
        return decade < Decades ? 1 + decade * BinsPerDecade + (int)value - 10 : Decades * BinsPerDecade;
    }

    private static (double Left, double Width) EdgesOf(int bin)
    {
        if (bin == 0) return (0, 0);
        (int decade, int digits) = Math.DivRem(bin - 1, BinsPerDecade);
        double power = Math.Pow(10, decade);
        return ((digits + 10) * power / 10, power / 10);
    }
}
