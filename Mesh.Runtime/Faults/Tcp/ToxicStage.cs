namespace Mesh.Runtime.Faults.Tcp;

/// <summary>One toxic's place on a stream: what it has in hand, and what it holds until its time has come.</summary>
internal sealed class ToxicStage(ActiveTcpFault fault, Toxic toxic, ToxicDraws draws)
{
    private const int MostHeld = 1024;   // Toxiproxy's buffer
    private readonly Queue<StreamItem> _held = new();
    private StreamItem? _inHand;   // bytes that the toxic has not judged yet
    private Toxic? _toxic = toxic;   // null once it is over: what is left passes
    private long _last;
    private bool _closed;

    /// <summary>The fault that it carries out.</summary>
    public ActiveTcpFault Fault => fault;

    /// <summary>Whether it can be taken away: the fault is over, and nothing is held any more.</summary>
    public bool IsOver => _toxic is null && _held.Count == 0 && _inHand is null;

    /// <summary>Whether it takes another item.</summary>
    public bool HasRoom => _inHand is null && _held.Count < MostHeld && !_closed;

    /// <summary>When it next has something to do by itself, in ticks.</summary>
    public long NextDue => Math.Min(_held.TryPeek(out var item) ? item.At : long.MaxValue, _closed || _toxic is null ? long.MaxValue : _toxic.Due);

    /// <summary>Takes an item that has come, where there is room.</summary>
    public void Accept(StreamItem item, long now)
    {
        item = item with { Entered = now, Requested = 0 };
        if (_toxic is null || item.Kind is StreamItemKind.Gap or StreamItemKind.Close or StreamItemKind.Reset) Hold(item);
        else if (item.Kind == StreamItemKind.Data) _inHand = item;
        else Judge(_toxic.OnEnd(item.At), item);
        Work();
    }

    /// <summary>The next item whose time has come.</summary>
    public bool TryTake(long now, out StreamItem item)
    {
        if (!_closed && _toxic is { Due: var due } && due <= now) EndWith(StreamItemKind.Close, due);
        if (!_held.TryPeek(out item) || item.At > now) return false;
        _held.Dequeue();
        Count(item, now);
        Work();
        return true;
    }

    /// <summary>The fault is over: what is held is let go at once, unless its end closes the connection.</summary>
    public void End(long now)
    {
        if (_toxic is null) return;
        bool closes = _toxic.ClosesAtItsEnd && !_closed;
        _toxic = null;
        if (closes)
        {
            EndWith(StreamItemKind.Close, now);
            return;
        }
        for (int i = _held.Count; i > 0; i--)
        {
            var item = _held.Dequeue();
            _held.Enqueue(item with { At = Math.Min(item.At, now) });
        }
        _last = Math.Min(_last, now);
        Work();
    }

    /// <summary>Judges what is in hand, as far as there is room for the pieces.</summary>
    private void Work()
    {
        while (_inHand is { } item && _held.Count < MostHeld)
        {
            if (_toxic is null)
            {
                Hold(item);
                _inHand = null;
                return;
            }
            var verdict = _toxic.OnData(item.Bytes, item.At, draws);
            int left = item.Bytes - verdict.Bytes;
            Judge(verdict, item with { Bytes = verdict.Bytes });
            _inHand = left > 0 && !_closed ? item with { Bytes = left } : null;
        }
    }

    private void Judge(ToxicVerdict verdict, StreamItem item)
    {
        item = item with { At = verdict.At, Requested = Math.Max(_last, verdict.At) - item.At };
        switch (verdict.Action)
        {
            case ToxicAction.Deliver:
                Hold(item);
                break;
            case ToxicAction.Drop:
                fault.Add(new ToxicCount { DroppedBytes = item.Bytes });
                Hold(item with { Kind = StreamItemKind.Gap });
                break;
            case ToxicAction.Close:
                if (item is { Kind: StreamItemKind.Data, Bytes: > 0 }) Hold(item);
                EndWith(StreamItemKind.Close, verdict.At);
                break;
            default:
                EndWith(StreamItemKind.Reset, verdict.At);
                break;
        }
    }

    private void EndWith(StreamItemKind kind, long at)
    {
        _closed = true;
        _inHand = null;
        fault.Add(kind == StreamItemKind.Close ? new ToxicCount { Closed = 1 } : new ToxicCount { Resets = 1 });
        Hold(new StreamItem(kind, 0, at));
    }

    private void Hold(StreamItem item)
    {
        _last = Math.Max(_last, item.At);
        _held.Enqueue(item with { At = _last });
    }

    private void Count(in StreamItem item, long now)
    {
        if (item.Requested > 0) fault.Add(new ToxicCount { Chunks = 1, RequestedDelayTicks = item.Requested, DelayTicks = now - item.Entered });
    }
}
