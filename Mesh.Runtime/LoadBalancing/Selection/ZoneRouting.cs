namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>
/// Envoy's zone-aware routing: as much as possible stays in the caller's zone without any endpoint getting more than its share; the rest goes where there is room.
/// All shares are in 1/10000, rounded down as in Envoy (<c>ZoneAwareLoadBalancerBase</c>).
/// </summary>
internal sealed class ZoneRouting : IZoneChoice
{
    private const int Whole = 10_000;
    private readonly long[] _residual;

    private ZoneRouting(int localShare, long[] residual)
    {
        LocalShare = localShare;
        _residual = residual;
    }

    /// <summary>The share of requests that stay in the caller's zone, in 1/10000.</summary>
    public int LocalShare { get; }

    /// <summary>For each zone, the room that it and the zones before it have for requests from elsewhere, in 1/10000.</summary>
    public ReadOnlySpan<long> Residual => _residual;

    /// <summary>The routing between zones.</summary>
    /// <param name="callers">The callers' endpoints in each of the callee's zones.</param>
    /// <param name="allCallers">The callers' endpoints in all zones.</param>
    /// <param name="healthy">The callee's healthy endpoints in each zone.</param>
    /// <param name="hasLocal">Whether the first zone is the caller's own.</param>
    public static ZoneRouting Between(ReadOnlySpan<int> callers, int allCallers, ReadOnlySpan<int> healthy, bool hasLocal)
    {
        int allHealthy = 0;
        foreach (int one in healthy) allHealthy += one;
        long Share(int part, int all) => all == 0 ? 0 : (long)Whole * part / all;

        long local = hasLocal && healthy[0] > 0 ? Share(callers[0], allCallers) : 0;
        long upstream = hasLocal ? Share(healthy[0], allHealthy) : 0;
        if (upstream > 0 && upstream >= local) return new ZoneRouting(Whole, new long[healthy.Length]);

        long[] residual = new long[healthy.Length];
        long room = 0;
        for (int i = hasLocal ? 1 : 0; i < healthy.Length; i++)
        {
            if (healthy[i] > 0) room += Math.Max(0, Share(healthy[i], allHealthy) - Share(callers[i], allCallers));
            residual[i] = room;
        }
        return new ZoneRouting(local > 0 ? (int)(upstream * Whole / local) : 0, residual);
    }

    /// <inheritdoc/>
    public int Choose(ref Randomness.DrawSequence draws)
    {
        if (LocalShare == Whole || draws.Next() % Whole < (ulong)LocalShare) return 0;
        long room = _residual[^1];
        if (room == 0) return (int)(draws.Next() % (ulong)_residual.Length);   // rounding left no room anywhere
        long at = (long)(draws.Next() % (ulong)room);
        int zone = 0;
        while (at >= _residual[zone]) zone++;
        return zone;
    }
}

/// <summary>Chooses a zone.</summary>
internal interface IZoneChoice
{
    /// <summary>The index of the zone for a request.</summary>
    int Choose(ref Randomness.DrawSequence draws);
}
