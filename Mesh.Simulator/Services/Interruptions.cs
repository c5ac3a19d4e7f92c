namespace Mesh.Simulator.Services;

/// <summary>
/// What crashes and pauses need to know of one replica: the requests inside it, and what happened to it while it stood still.
/// Made only in worlds whose faults stop replicas.
/// </summary>
internal sealed class Interruptions(VirtualReplica replica)
{
    private readonly LinkedList<HostedCall> _inside = [];
    private readonly List<(HostedCall Call, long Left)> _frozen = [];
    private readonly Queue<Postponed> _postponed = [];
    private int _paused;
    private int _down;

    private enum What { Arrived, BranchDone, Abandoned }

    private readonly record struct Postponed(What What, HostedCall Call, bool Failed);

    /// <summary>Whether it does not run at all.</summary>
    public bool IsDown => _down > 0;

    /// <summary>Whether it stands still.</summary>
    public bool IsPaused => _paused > 0;

    /// <summary>A request came in.</summary>
    public void Began(HostedCall call) => call.Place = _inside.AddLast(call);

    /// <summary>A request was answered.</summary>
    public void Ended(HostedCall call)
    {
        if (call.Place is not { List: not null } place) return;
        _inside.Remove(place);
        call.Place = null;
    }

    public void PostponeArrival(HostedCall call) => _postponed.Enqueue(new(What.Arrived, call, false));

    public void PostponeBranch(HostedCall call, bool failed) => _postponed.Enqueue(new(What.BranchDone, call, failed));

    public void PostponeAbandonment(HostedCall call) => _postponed.Enqueue(new(What.Abandoned, call, false));

    /// <summary>It dies: whatever is inside is lost.</summary>
    /// <returns>How many requests that were.</returns>
    public int Crash()
    {
        if (_down++ > 0) return 0;
        var lost = _inside.ToList();
        _inside.Clear();
        _postponed.Clear();
        _frozen.Clear();
        replica.Replica.Station.Clear(replica.Loop.Now);
        foreach (var call in lost)
        {
            call.Place = null;
            call.Call.Lost = true;
            replica.Loop.Cancel(call);
        }
        foreach (var call in lost) call.Break();   // only now, for it runs the callers' code
        return lost.Count;
    }

    /// <summary>It starts again, empty.</summary>
    public void Restart() => _down--;

    /// <summary>It stands still: timers stop, and what happens is put off.</summary>
    public void Pause()
    {
        if (_paused++ > 0) return;
        replica.Replica.Station.Freeze(replica.Loop.Now);
        foreach (var call in _inside)
        {
            if (!call.IsScheduled) continue;
            _frozen.Add((call, call.Due - replica.Loop.Now));
            replica.Loop.Cancel(call);
        }
    }

    /// <summary>It goes on where it stood, then deals with what was put off, in order.</summary>
    public void Resume()
    {
        if (--_paused > 0) return;
        foreach (var (call, left) in _frozen) replica.Loop.ScheduleAfter(call, left);
        _frozen.Clear();
        replica.Replica.Station.Thaw(replica.Loop.Now);
        while (_paused == 0 && _postponed.TryDequeue(out var next)) Do(next);
    }

    private void Do(Postponed what)
    {
        if (what.Call.Call.Lost) return;
        switch (what.What)
        {
            case What.Arrived: replica.Replica.Arrive(what.Call.Call, replica.Loop.Now); break;
            case What.BranchDone: replica.Replica.BranchDone(what.Call.Call, what.Failed, replica.Loop.Now); break;
            case What.Abandoned: replica.Replica.Abandon(what.Call.Call, replica.Loop.Now); break;
        }
    }
}
