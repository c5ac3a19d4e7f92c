namespace Mesh.Simulator.Network;

/// <summary>The processor of one sidecar: a few workers that serve first come, first served. Work on it is told its end at once, so it needs no events.</summary>
internal sealed class SidecarProcessor(int workers)
{
    private readonly long[] _free = new long[workers];

    /// <summary>When work of <paramref name="cost"/> ticks that comes now is done.</summary>
    public long Serve(long now, long cost)
    {
        int first = 0;
        for (int i = 1; i < _free.Length; i++)
            if (_free[i] < _free[first]) first = i;
        return _free[first] = Math.Max(now, _free[first]) + cost;
    }
}
