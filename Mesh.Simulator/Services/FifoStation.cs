namespace Mesh.Simulator.Services;

/// <summary>First come, first served by a number of workers.</summary>
internal sealed class FifoStation(int workers, int? queue, IReplicaHost host) : Station(workers, queue)
{
    private readonly LinkedList<ServerCall> _waiting = [];

    internal override bool Offer(ServerCall call, long now)
    {
        if (Busy < Workers)
        {
            Account(now, Busy + 1, Queued);
            Begin(call, now);
            return true;
        }
        if (Busy + (long)Queued >= Capacity)
        {
            Rejected++;
            return false;
        }
        _waiting.AddLast(call.Waiting);
        Account(now, Busy, Queued + 1);
        return true;
    }

    internal override void Worked(ServerCall call, long now, bool release)
    {
        Served++;
        if (release) Release(call, now);
    }

    internal override void Release(ServerCall call, long now)
    {
        call.HoldsWorker = false;
        if (Queued == 0 || _waiting.First is not { } next)   // the count is at hand, the list is a cache miss
        {
            Account(now, Busy - 1, Queued);
            return;
        }
        _waiting.RemoveFirst();
        Account(now, Busy, Queued - 1);
        Begin(next.Value, now);
    }

    internal override bool TryRemove(ServerCall call, long now)
    {
        if (call.Waiting.List is not null)
        {
            _waiting.Remove(call.Waiting);
            Account(now, Busy, Queued - 1);
            return true;
        }
        if (!call.HoldsWorker || call.Step > 0 || call.Pending > 0) return false;
        host.StopWork(call);
        Release(call, now);
        return true;
    }

    internal override void Clear(long now)
    {
        _waiting.Clear();
        Account(now, 0, 0);
    }

    private void Begin(ServerCall call, long now)
    {
        call.HoldsWorker = true;
        host.StartWork(call, now + call.Demand);
    }
}
