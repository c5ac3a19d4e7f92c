using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Results;

/// <summary>Collects connections, breakers and ejections of one calling service towards one other.</summary>
internal sealed class PairRecorder(string from, string to)
{
    private readonly OpenSpans _breakers = new();
    private readonly OpenSpans _ejections = new();

    public long Connections { get; set; }

    /// <summary>A breaker changed; <paramref name="counted"/> in the measured time, which began at <paramref name="start"/>.</summary>
    public void Breaker(in MeshEvent e, long start, bool counted)
    {
        _breakers.End(e.Proxy, e.At, start);
        if (e.Outcome == 1) _breakers.Begin(e.Proxy, e.At, counted);
    }

    /// <summary>A proxy stopped sending to an endpoint, or sends to it again. Returns are noticed late; the event says how long it was away.</summary>
    public void Ejection(in MeshEvent e, long start, bool counted)
    {
        long key = (long)e.Proxy << 32 | (uint)e.Endpoint;
        if (e.Kind == MeshEventKind.EndpointEjected) _ejections.Begin(key, e.At, counted);
        else _ejections.End(key, e.At, start, e.Duration);
    }

    /// <summary>The totals when the measured time ended at <paramref name="end"/>, having begun at <paramref name="start"/>.</summary>
    public PairStats ToStats(long start, long end)
    {
        _breakers.EndAll(end, start);
        _ejections.EndAll(end, start);
        return new PairStats(from, to, Connections, _breakers.Count, _breakers.Seconds) { Ejections = _ejections.Count, EjectedSeconds = _ejections.Seconds };
    }
}
