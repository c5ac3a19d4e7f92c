namespace Mesh.Simulator.Services;

/// <summary>The workers of a replica and their waiting room, with the integrals that utilisation is read from.</summary>
public abstract class Station
{
    private long _updated;

    private protected Station(int workers, int? queue)
    {
        Workers = workers;
        Capacity = queue is { } places ? (long)workers + places : long.MaxValue;
    }

    /// <summary>Workers.</summary>
    public int Workers { get; }

    /// <summary>Requests that may be inside at once.</summary>
    protected long Capacity { get; }

    /// <summary>Workers that are held.</summary>
    public int Busy { get; private set; }

    /// <summary>Requests that wait.</summary>
    public int Queued { get; private set; }

    /// <summary>Worker-ticks held so far.</summary>
    public double BusyTicks { get; private set; }

    /// <summary>Request-ticks waited so far.</summary>
    public double QueuedTicks { get; private set; }

    /// <summary>The most that waited at once since <see cref="ResetPeak"/>.</summary>
    public int PeakQueued { get; private set; }

    /// <summary>Requests whose work was done.</summary>
    public long Served { get; protected set; }

    /// <summary>Requests turned away.</summary>
    public long Rejected { get; protected set; }

    /// <summary>Takes a request, or turns it away when the waiting room is full.</summary>
    internal abstract bool Offer(ServerCall call, long now);

    /// <summary>A request's work is done; its worker is free unless the request holds it until it is answered.</summary>
    internal abstract void Worked(ServerCall call, long now, bool release);

    /// <summary>A request that held its worker lets go of it.</summary>
    internal abstract void Release(ServerCall call, long now);

    /// <summary>Takes a request out that waits or is worked on; false when neither.</summary>
    internal abstract bool TryRemove(ServerCall call, long now);

    /// <summary>Loses everything inside, without an answer. The host forgets its timers itself.</summary>
    internal abstract void Clear(long now);

    /// <summary>Work stands still from now on. The host stops its timers itself.</summary>
    internal virtual void Freeze(long now)
    {
    }

    /// <summary>Work goes on where it stood.</summary>
    internal virtual void Thaw(long now)
    {
    }

    /// <summary>Brings the integrals up to <paramref name="now"/>.</summary>
    public void Observe(long now) => Account(now, Busy, Queued);

    /// <summary>Begins a new measurement of the peak.</summary>
    public void ResetPeak() => PeakQueued = Queued;

    /// <summary>Notes what is busy and queued from <paramref name="now"/> on.</summary>
    private protected void Account(long now, int busy, int queued)
    {
        long elapsed = now - _updated;
        BusyTicks += (double)elapsed * Busy;
        QueuedTicks += (double)elapsed * Queued;
        _updated = now;
        Busy = busy;
        Queued = queued;
        if (queued > PeakQueued) PeakQueued = queued;
    }
}
