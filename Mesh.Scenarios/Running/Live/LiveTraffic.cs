using Mesh.Reports.Results;
using Mesh.Runtime.Telemetry;

namespace Mesh.Scenarios.Running.Live;

/// <summary>The traffic that enters a live world, for people who watch it.</summary>
/// <param name="ingress">The name of the service whose requests are counted.</param>
internal sealed class LiveTraffic(string ingress) : IRequestLog
{
    private readonly Lock _lock = new();
    private LogHistogram _latency = new();
    private long _requests;
    private long _succeeded;

    public void On(RequestFacts request)
    {
        if (request.Reporter != Reporter.Source || request.Source.Service != ingress) return;
        lock (_lock)
        {
            _requests++;
            if (request.Status is > 0 and < 500 && request.GrpcStatus is null or 0) _succeeded++;
            _latency.Record(request.Duration.Ticks);
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
