using Mesh.Runtime.Telemetry;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>
/// Decisions of a sidecar on their way to the runner: kept until they are sent together. Where the runner does not keep up, so many are kept and the rest is counted as lost:
/// the sidecar never waits.
/// </summary>
/// <param name="send">Sends some; it may wait.</param>
/// <param name="most">The most that are kept.</param>
internal sealed class EventBuffer(SendEvents send, int most = EventBuffer.Most) : IMeshEvents
{
    /// <summary>The most that are kept: about 15 MB.</summary>
    public const int Most = 1 << 17;

    private const int Batch = 4096;
    private readonly Lock _gate = new();
    private readonly Lock _sending = new();
    private MeshEvent[] _taken = new MeshEvent[256];
    private MeshEvent[] _spare = new MeshEvent[256];
    private int _count;
    private long _lost;

    public void On(in MeshEvent e)
    {
        lock (_gate)
        {
            if (_count == most)
            {
                _lost++;
                return;
            }
            if (_count == _taken.Length) Array.Resize(ref _taken, Math.Min(most, 2 * _taken.Length));
            _taken[_count++] = e;
        }
    }

    /// <summary>Sends what there is, in its order. Decisions lost since the last time.</summary>
    public long Flush()
    {
        lock (_sending)
        {
            int count;
            long lost;
            MeshEvent[] sent;
            lock (_gate)
            {
                (sent, count, lost) = (_taken, _count, _lost);
                (_taken, _spare, _count, _lost) = (_spare, sent, 0, 0);
            }
            for (int from = 0; from < count; from += Batch) send(sent.AsSpan(from, Math.Min(Batch, count - from)));
            return lost;
        }
    }
}

/// <summary>Sends decisions.</summary>
internal delegate void SendEvents(ReadOnlySpan<MeshEvent> events);
