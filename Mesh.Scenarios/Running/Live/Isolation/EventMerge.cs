using Mesh.Runtime.Telemetry;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>
/// One stream of decisions from those of many sidecars, which come in batches: each waits until those that were decided before it will have come, so that a caller's decision goes before
/// the callee's that follows from it. What comes later than that goes at once.
/// </summary>
/// <param name="events">Where they go.</param>
/// <param name="time">The world's time.</param>
internal sealed class EventMerge(IMeshEvents events, TimeProvider time)
{
    /// <summary>How long a decision waits: ten times as long as a sidecar keeps one.</summary>
    private static readonly long Hold = TimeSpan.FromMilliseconds(200).Ticks;

    private readonly Lock _lock = new();
    private readonly PriorityQueue<MeshEvent, (long At, long Number)> _waiting = new();
    private long _number;

    /// <summary>Takes a sidecar's decisions.</summary>
    /// <param name="proxy">The sidecar's id here; in its own process it has another.</param>
    /// <param name="batch">The decisions.</param>
    public void Add(int proxy, ReadOnlySpan<MeshEvent> batch)
    {
        lock (_lock)
        {
            foreach (ref readonly var e in batch) _waiting.Enqueue(e with { Proxy = proxy }, (e.At, _number++));
            Deliver(time.GetTimestamp() - Hold);
        }
    }

    /// <summary>Lets all go that wait.</summary>
    public void Flush()
    {
        lock (_lock) Deliver(long.MaxValue);
    }

    private void Deliver(long until)
    {
        while (_waiting.TryPeek(out var e, out var due) && due.At <= until)
        {
            _waiting.Dequeue();
            events.On(in e);
        }
    }
}
