using Mesh.Reports.Results;
using Mesh.Runtime.Telemetry;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// The run record of a live world: what many threads report goes to one recorder, in the run's own time, which begins with the load.
/// Events come nearly in order of time: those of one thread are, and threads take turns.
/// </summary>
/// <param name="recorder">The recorder.</param>
internal sealed class LiveRecorder(RunRecorder recorder) : IMeshEvents
{
    private readonly Lock _lock = new();
    private long _begin = long.MaxValue;
    private bool _over;

    /// <summary>The load begins.</summary>
    public void Begin(long at)
    {
        lock (_lock) _begin = at;
    }

    public void On(in MeshEvent e)
    {
        lock (_lock)
        {
            if (_over || e.At < _begin) return;
            recorder.On(e with { At = e.At - _begin, FirstFailure = e.FirstFailure == 0 ? 0 : Math.Max(1, e.FirstFailure - _begin) });
        }
    }

    /// <summary>The record; later events are not of this run.</summary>
    public ReplicationRecord Finish(ReplicationFacts facts)
    {
        lock (_lock)
        {
            _over = true;
            return recorder.Finish(facts);
        }
    }
}
