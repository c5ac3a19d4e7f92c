namespace Mesh.Simulator.Services;

/// <summary>
/// Processor sharing: every request inside is worked on at once, each at the rate min(1, workers / requests).
/// Kept by attained service: all requests gain alike, so each has a fixed mark at which it is done, and only the nearest mark needs a timer.
/// </summary>
internal sealed class SharingStation(int workers, int? queue, IReplicaHost host) : Station(workers, queue)
{
    private readonly PriorityQueue<ServerCall, (double Mark, long Sequence)> _inside = new();
    private double _attained;
    private long _updated;
    private long _sequence;
    private int _held;
    private ServerCall? _timed;

    internal override bool Offer(ServerCall call, long now)
    {
        if (_inside.Count + (long)_held >= Capacity)
        {
            Rejected++;
            return false;
        }
        Attain(now);
        call.HoldsWorker = true;
        _inside.Enqueue(call, (_attained + call.Demand, _sequence++));
        Update(now);
        return true;
    }

    internal override void Worked(ServerCall call, long now, bool release)
    {
        Attain(now);
        _inside.Dequeue();
        _timed = null;
        Served++;
        if (release) call.HoldsWorker = false; else _held++;
        Update(now);
    }

    internal override void Release(ServerCall call, long now)
    {
        call.HoldsWorker = false;
        _held--;
        Attain(now);
        Update(now);
    }

    internal override bool TryRemove(ServerCall call, long now)
    {
        if (!call.HoldsWorker || call.Step > 0 || call.Pending > 0) return false;
        Attain(now);
        _inside.Remove(call, out _, out _);
        call.HoldsWorker = false;
        if (_timed == call) StopTimer();
        Update(now);
        return true;
    }

    internal override void Clear(long now)
    {
        Attain(now);
        _inside.Clear();
        _held = 0;
        _timed = null;
        Account(now, 0, 0);
    }

    internal override void Freeze(long now)
    {
        Attain(now);
        if (_timed is not null) StopTimer();
    }

    internal override void Thaw(long now)
    {
        _updated = now;
        Update(now);
    }

    private double Rate => _inside.Count <= Workers ? 1 : (double)Workers / _inside.Count;

    private void Attain(long now)
    {
        _attained += (now - _updated) * Rate;
        _updated = now;
    }

    /// <summary>Sets the timer for the nearest mark. The one whose time has come may be a rounding error short of it; it is done all the same.</summary>
    private void Update(long now)
    {
        int busy = Math.Min(Workers, _inside.Count);
        Account(now, busy, _inside.Count - busy);
        if (!_inside.TryPeek(out var next, out var due)) return;
        if (_timed is not null && _timed != next) StopTimer();
        _timed = next;
        host.StartWork(next, now + Math.Max(0, (long)Math.Ceiling((due.Mark - _attained) / Rate)));
    }

    private void StopTimer()
    {
        host.StopWork(_timed!);
        _timed = null;
    }
}
