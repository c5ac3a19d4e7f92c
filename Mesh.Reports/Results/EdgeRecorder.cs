using System.Runtime.CompilerServices;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Results;

/// <summary>Collects one edge while the run goes on. Allocates when a slice or a page of a histogram is first touched, and once a time window.</summary>
internal sealed class EdgeRecorder(string from, string to, string path, int sliceCount, int precision)
{
    private readonly TrafficStats?[] _slices = new TrafficStats?[sliceCount];
    private readonly List<EdgeWindow> _windows = [];
    private readonly LogHistogram _latency = new();
    private int _window = -1;
    private long _requests;
    private long _succeeded;
    private long _attempts;

    public EdgeStats ToStats()
    {
        CloseWindow();
        return new EdgeStats(from, to, path) { Slices = _slices, Windows = _windows };
    }

    /// <summary>The traffic of a slice, ready to be counted in.</summary>
    public TrafficStats Slice(int slice) => _slices[slice] ??= new TrafficStats
    {
        Latency = new LogHistogram(precision),
        AttemptLatency = new LogHistogram(),
    };

    public void RequestEnded(int slice, int window, in MeshEvent e)
    {
        bool success = Success.Is(e.Outcome);
        Enter(window);
        _requests++;
        if (success) _succeeded++;
        _latency.Record(e.Duration);
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

    public void AttemptEnded(int slice, int window, in MeshEvent e)
    {
        Enter(window);
        _attempts++;
        if (slice < 0) return;

        var stats = Slice(slice);
        if (!Success.Is(e.Outcome)) stats.AttemptsFailed++;
        if (e.Flags != ResponseFlags.None) stats.AttemptFlags.AddBits((int)e.Flags);
        stats.AttemptLatency.Record(e.Duration);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Enter(int window)
    {
        if (window == _window) return;
        CloseWindow();
        _window = window;
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
    public static int AttemptsOf(in MeshEvent e) => (e.Flags & ResponseFlags.NR) != 0 ? 0 : Math.Max(0, e.Attempt + 1);
}
