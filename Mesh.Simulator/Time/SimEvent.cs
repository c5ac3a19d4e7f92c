namespace Mesh.Simulator.Time;

/// <summary>
/// Something that will happen at an instant. Reusable: once fired or cancelled it may be scheduled again,
/// so an object that waits many times needs one event for all of them.
/// </summary>
public abstract class SimEvent
{
    internal const int NotScheduled = -1;

    /// <summary>Where the heap keeps it, which makes cancelling a removal instead of a mark.</summary>
    internal int HeapIndex = NotScheduled;

    /// <summary>Whether it waits in an event loop.</summary>
    public bool IsScheduled => HeapIndex != NotScheduled;

    /// <summary>When it fires, or last fired, in ticks of 100 ns since the world began.</summary>
    public long Due { get; internal set; }

    /// <summary>What happens. Runs on the simulation thread with <see cref="EventLoop.Now"/> at <see cref="Due"/>; may schedule any event, this one too.</summary>
    protected internal abstract void Fire();
}
