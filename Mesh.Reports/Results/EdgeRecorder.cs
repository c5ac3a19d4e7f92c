using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Results;

/// <summary>Collects one edge while the run goes on. Allocates when a slice or a page of a histogram is first touched, and once a time window.</summary>
internal sealed class EdgeRecorder(string from, string to, string path, TimeSlices slices, long windowTicks, int precision, EndpointRecorder endpoints) : EventCell
{
    private readonly TrafficStats?[] _slices = new TrafficStats?[slices.All.Count];
    private readonly List<EdgeWindow> _windows = [];
    private readonly LogHistogram _latency = new();
    private int _window;
    private long _windowEnd;
    private long _requests;
    private long _succeeded;
    private long _attempts;

    public override void Take(in PendingEvent e)
    {
        switch (e.Kind)
        {
            case MeshEventKind.RequestEnded: RequestEnded(e); break;
            case MeshEventKind.AttemptEnded: AttemptEnded(e); break;
            case MeshEventKind.RequestStarted: RequestStarted(e); break;
            default: break;
        }
    }

    public EdgeStats ToStats()
    {
        CloseWindow();
        return new EdgeStats(from, to, path) { Slices = _slices, Windows = _windows };
    }

    private void RequestStarted(in PendingEvent e)
    {
        int slice = slices.Find(e.At);
        if (slice >= 0) Slice(slice).RequestBytes += e.Bytes;
    }

    private void RequestEnded(in PendingEvent e)
    {
        bool success = Success.Is(e.Outcome);
        if (e.At >= _windowEnd) Enter(e.At);
        _requests++;
        if (success) _succeeded++;
        _latency.Record(e.Duration);
        int slice = slices.Find(e.At - e.Duration);
        if (slice < 0) return;

        var stats = Slice(slice);
        int attempts = Success.AttemptsOf(e);
        stats.Requests++;
        stats.Attempts += attempts;
        if (attempts > 1) stats.Retries += attempts - 1;
        stats.ResponseBytes += e.Bytes;
        stats.Statuses.Add(e.Outcome);
        if (e.Flags != ResponseFlags.None) stats.Flags.AddBits((int)e.Flags);
        stats.Latency.Record(e.Duration);
        if (!success) return;
        stats.Succeeded++;
        if (e.FirstFailure > 0) (stats.Recovery ??= new LogHistogram()).Record(e.At - e.FirstFailure);
    }

    private void AttemptEnded(in PendingEvent e)
    {
        if (e.At >= _windowEnd) Enter(e.At);
        _attempts++;
        int slice = slices.Find(e.At - e.Duration);
        if (slice < 0) return;

        var stats = Slice(slice);
        if (!Success.Is(e.Outcome)) stats.AttemptsFailed++;
        if (e.Flags != ResponseFlags.None) stats.AttemptFlags.AddBits((int)e.Flags);
        stats.AttemptLatency.Record(e.Duration);
        if (e.Endpoint >= 0) endpoints.Ended(e);
    }

    private TrafficStats Slice(int slice) => _slices[slice] ??= new TrafficStats
    {
        Latency = new LogHistogram(precision),
        AttemptLatency = new LogHistogram(),
    };

    private void Enter(long at)
    {
        CloseWindow();
        _window = (int)(at / windowTicks);
        _windowEnd = (_window + 1) * windowTicks;
    }

    private void CloseWindow()
    {
        if (_requests + _attempts > 0) _windows.Add(new EdgeWindow(_window, _requests, _succeeded, _attempts, PackedHistogram.Pack(_latency)));
        _requests = _succeeded = _attempts = 0;
        _latency.Clear();
    }
}

/// <summary>What counts as success, and as an attempt, everywhere.</summary>
internal static class Success
{
    /// <summary>Whether a status counts as success: 1 to 499.</summary>
    public static bool Is(int status) => (uint)(status - 1) < 499;

    /// <summary>The attempts of an ended request: its last attempt's number and one; none when it has no number, or met no route.</summary>
    public static int AttemptsOf(in PendingEvent e) => (e.Flags & ResponseFlags.NR) != 0 ? 0 : Math.Max(0, e.Attempt + 1);
}
