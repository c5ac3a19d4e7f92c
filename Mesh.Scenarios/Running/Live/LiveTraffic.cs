using Mesh.Reports.Results;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Scenarios.Running.Live;

/// <summary>The traffic that enters a live world, for people who watch it.</summary>
/// <param name="directory">The names behind the numbers of the events.</param>
/// <param name="ingress">The name of the service whose requests are counted.</param>
internal sealed class LiveTraffic(MeshDirectory directory, string ingress) : IMeshEvents
{
    private readonly Lock _lock = new();
    private LogHistogram _latency = new();
    private long _requests;
    private long _succeeded;

    public void On(in MeshEvent e)
    {
        if (e.Kind != MeshEventKind.RequestEnded || directory.Proxies[e.Proxy].ServiceId != directory.FindService(ingress)) return;
        lock (_lock)
        {
            _requests++;
            if (e.Outcome is > 0 and < 500) _succeeded++;
            _latency.Record(e.Duration);
        }
    }

    /// <summary>What came since the last look.</summary>
    public (long Requests, long Succeeded, double P50, double P99) Take()
    {
        lock (_lock)
        {
            var seen = (_requests, _succeeded, _latency.Percentile(0.5), _latency.Percentile(0.99));
            (_requests, _succeeded, _latency) = (0, 0, new LogHistogram());
            return seen;
        }
    }
}
