namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>
/// How often one endpoint has come and gone, and until when it is held back for it. The idea is BGP's route-flap damping (RFC 2439): leaving is believed at once, coming back is not,
/// when it has happened too often. RFC 2439 adds up decaying penalties over minutes; endpoints restart within seconds, so here departures are counted within a window.
/// </summary>
internal struct FlapDamping
{
    private long[]? _departures;   // ticks of the last MaxFlaps + 1, a ring
    private int _next;
    private int _holds;

    /// <summary>Until when the endpoint is held back, in ticks.</summary>
    public long HeldUntil { get; private set; }

    /// <summary>When it last left, in ticks; <c>null</c> if never.</summary>
    public long? LastDeparture { get; private set; }

    /// <summary>The endpoint has left.</summary>
    public void Departed(DiscoveryOptions options, long now)
    {
        Forget(options, now);
        _departures ??= Empty(options.MaxFlaps + 1);
        _departures[_next] = now;
        _next = (_next + 1) % _departures.Length;
        LastDeparture = now;
    }

    /// <summary>The endpoint is back.</summary>
    public void Returned(DiscoveryOptions options, long now)
    {
        Forget(options, now);
        // The oldest of the last MaxFlaps + 1: if it lies in the window, so do all of them.
        if (_departures is null || _departures[_next] < now - options.FlapWindow.Ticks) return;
        long hold = (long)Math.Min(options.MaxHoldTime.Ticks, options.HoldTime.Ticks * Math.Pow(2, Math.Min(_holds, 40)));
        _holds++;
        HeldUntil = Math.Max(HeldUntil, now + hold);
    }

    /// <summary>When nothing speaks against the endpoint any more, in ticks.</summary>
    public readonly long ForgottenAt(DiscoveryOptions options) => LastDeparture is { } last ? last + options.MaxHoldTime.Ticks + options.FlapWindow.Ticks : long.MinValue;

    private void Forget(DiscoveryOptions options, long now)
    {
        if (now >= ForgottenAt(options)) this = default;
    }

    private static long[] Empty(int length)
    {
        var ring = new long[length];
        Array.Fill(ring, long.MinValue);
        return ring;
    }
}
