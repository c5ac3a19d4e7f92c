using System.Runtime.InteropServices;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Results;

/// <summary>What the recorder keeps of an event until it is counted: one cache line.</summary>
internal readonly struct PendingEvent(in MeshEvent e, int source)
{
    public readonly long At = e.At;
    public readonly long Duration = e.Duration;
    public readonly long FirstFailure = e.FirstFailure;
    public readonly long Bytes = e.Bytes;
    public readonly int Source = source;
    public readonly int Service = e.Service;
    public readonly int Class = e.Class;
    public readonly int Endpoint = e.Endpoint;
    public readonly int Outcome = e.Outcome;
    public readonly int Attempt = e.Attempt;
    public readonly ResponseFlags Flags = e.Flags;
    public readonly MeshEventKind Kind = e.Kind;
}

/// <summary>Something that events are counted in: an edge, a service's inbound side.</summary>
internal abstract class EventCell
{
    /// <summary>Counts one event. Those of one cell come in the order in which they happened.</summary>
    public abstract void Take(in PendingEvent e);
}

/// <summary>
/// Collects events and counts them cell by cell. With a thousand services the cells do not fit into the processor's cache, and an event counted
/// at once would wait for memory a dozen times; in a batch only the first event of each cell does.
/// </summary>
/// <param name="cellOf">Finds the number of an event's cell, which may be a new one.</param>
/// <param name="cells">The cells by number; grows while <paramref name="cellOf"/> finds new ones.</param>
internal sealed class EventBatch(Func<PendingEvent, int> cellOf, List<EventCell> cells)
{
    private const int Least = 1 << 13, Most = 1 << 19, PerCell = 32;

    private PendingEvent[] _events = new PendingEvent[Least];
    private int[] _cells = new int[Least];
    private int[] _order = new int[Least];
    private int[] _starts = [];
    private int _used;

    public void Add(in MeshEvent e, int source)
    {
        if (_used == _events.Length) Flush();
        _events[_used++] = new PendingEvent(e, source);
    }

    /// <summary>Counts everything that was collected.</summary>
    public void Flush()
    {
        for (int i = 0; i < _used; i++) _cells[i] = cellOf(_events[i]);
        Sort();
        var all = CollectionsMarshal.AsSpan(cells);
        foreach (int i in _order.AsSpan(0, _used)) all[_cells[i]].Take(_events[i]);
        _used = 0;
        if (cells.Count * PerCell > _events.Length && _events.Length < Most) Grow();
    }

    /// <summary>A counting sort: by cell, and inside of a cell in the order of arrival.</summary>
    private void Sort()
    {
        if (_starts.Length < cells.Count + 1) _starts = new int[cells.Count * 2 + 1];
        var starts = _starts.AsSpan(0, cells.Count + 1);
        starts.Clear();
        foreach (int cell in _cells.AsSpan(0, _used)) starts[cell + 1]++;
        for (int cell = 1; cell < starts.Length; cell++) starts[cell] += starts[cell - 1];
        for (int i = 0; i < _used; i++) _order[starts[_cells[i]]++] = i;
    }

    private void Grow()
    {
        _events = new PendingEvent[_events.Length * 2];
        _cells = new int[_events.Length];
        _order = new int[_events.Length];
    }
}
