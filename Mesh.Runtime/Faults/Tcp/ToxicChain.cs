using Mesh.Runtime.Model;

namespace Mesh.Runtime.Faults.Tcp;

/// <summary>
/// One stream of one connection with its toxics in the order in which they began, each fed by the one before it. Bytes go in as they are read and come out when they are to be
/// written; which bytes they are is known by their order. Sans-IO, and used by one thread at a time.
/// </summary>
internal sealed class ToxicChain
{
    private const int MostWaiting = 1024;
    private readonly ConnectionToxics _connection;
    private readonly TcpStream _stream;
    private readonly Queue<StreamItem> _waiting = new();   // read, and not yet taken by the first toxic
    private readonly List<ToxicStage> _stages = [];
    private ActiveTcpFault[] _seen = [];
    private StreamItem? _coalesced;

    /// <summary>A stream of a connection.</summary>
    public ToxicChain(ConnectionToxics connection, TcpStream stream)
    {
        _connection = connection;
        _stream = stream;
    }

    /// <summary>When something comes out, or a toxic acts, with nothing going in: in ticks; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue
    {
        get
        {
            long due = long.MaxValue;
            for (int i = 0; i < _stages.Count; i++)
            {
                if (i == _stages.Count - 1 || _stages[i + 1].HasRoom) due = Math.Min(due, _stages[i].NextDue);
            }
            return due;
        }
    }

    /// <summary>Whether nothing stands in the stream's way.</summary>
    public bool IsEmpty => _stages.Count == 0 && _waiting.Count == 0 && _coalesced is null;

    /// <summary>Takes over the faults in force: new ones stand at the end, those that are over let go what they hold.</summary>
    public void Update(long now)
    {
        var inForce = _connection.InForce;
        if (ReferenceEquals(inForce, _seen)) return;
        _seen = inForce;
        foreach (var stage in _stages)
        {
            if (!inForce.Contains(stage.Fault)) stage.End(now);
        }
        foreach (var fault in inForce)
        {
            if (_stages.Exists(stage => stage.Fault == fault) || !_connection.IsHit(fault, _stream)) continue;
            _stages.Add(new ToxicStage(fault, Toxic.Create(fault.Config, now, fault.Span.To), _connection.DrawsFor(fault, _stream)));
        }
    }

    /// <summary>Bytes, or the end, were read.</summary>
    public void Feed(StreamItem item)
    {
        if (_waiting.Count < MostWaiting || item.Kind != StreamItemKind.Data)
        {
            if (_coalesced is { } earlier) _waiting.Enqueue(earlier);
            _coalesced = null;
            _waiting.Enqueue(item);
        }
        else _coalesced = item with { Bytes = item.Bytes + (_coalesced?.Bytes ?? 0) };   // many small pieces wait as one
    }

    /// <summary>The next that is to be written.</summary>
    public bool TryTake(long now, out StreamItem item)
    {
        for (int i = 0; i < _stages.Count; i++)
        {
            while (_stages[i].HasRoom && TryTakeFrom(i - 1, now, out var passed)) _stages[i].Accept(passed, now);
        }
        bool taken = TryTakeFrom(_stages.Count - 1, now, out item);
        _stages.RemoveAll(stage => stage.IsOver);
        return taken;
    }

    private bool TryTakeFrom(int stage, long now, out StreamItem item)
    {
        if (stage >= 0) return _stages[stage].TryTake(now, out item);
        if (_waiting.TryDequeue(out item)) return true;
        item = _coalesced.GetValueOrDefault();
        bool had = _coalesced is not null;
        _coalesced = null;
        return had;
    }
}
