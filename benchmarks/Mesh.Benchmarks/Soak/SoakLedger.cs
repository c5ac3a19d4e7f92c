using System.Globalization;
using System.Text.RegularExpressions;
using Mesh.Reports.Results;
using Mesh.Scenarios.Running.Live;

namespace Mesh.Benchmarks.Soak;

/// <summary>Every request as its client knows it, beside what metrics and access log tell of it.</summary>
internal sealed partial class SoakLedger : ILiveRequests
{
    /// <summary>A line of the access log: where a sidecar took the request, and its status.</summary>
    public const string LogFormat = "%DOWNSTREAM_LOCAL_ADDRESS% %RESPONSE_CODE%";

    private readonly Lock _lock = new();
    private readonly LogHistogram _latency = new();
    private readonly SortedDictionary<int, long> _clients = [];
    private readonly SortedDictionary<int, long> _logged = [];

    /// <summary>What the generator says.</summary>
    public LiveLoadReport? Report { get; set; }

    /// <summary>Requests sent before it, which the accounts have too.</summary>
    public long Warm { get; set; }

    /// <summary>What <c>/metrics</c> answered at the end.</summary>
    public string Metrics { get; set; } = "";

    /// <summary>The ingress's address.</summary>
    public string Ingress { get; set; } = "";

    /// <summary>Lines that the access log lost.</summary>
    public long Dropped { get; set; }

    /// <summary>Requests with a status below 500.</summary>
    public long Succeeded => _clients.Where(entry => entry.Key is > 0 and < 500).Sum(entry => entry.Value);

    public void On(in LiveRequest request)
    {
        if (!request.Started) return;
        lock (_lock)
        {
            Count(_clients, request.Answer.Status);
            _latency.Record(request.Latency);
        }
    }

    /// <summary>Takes the access log in.</summary>
    public void ReadLog(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            if (line.StartsWith($"{Ingress} ", StringComparison.Ordinal)) Count(_logged, int.Parse(line.AsSpan(Ingress.Length + 1), CultureInfo.InvariantCulture));
        }
    }

    /// <summary>A quantile of the latency, in milliseconds, from when requests should have been sent.</summary>
    public double Milliseconds(double quantile) => _latency.Percentile(quantile) / TimeSpan.TicksPerMillisecond;

    /// <summary>Whether all accounts agree, status by status.</summary>
    public IEnumerable<SoakVerdict> Verdicts()
    {
        var metrics = new SortedDictionary<int, long>();
        foreach (var sample in Request().Matches(Metrics).Where(sample => sample.Value.Contains("source_workload=\"ingress\"", StringComparison.Ordinal))) Count(metrics, int.Parse(sample.Groups[1].Value, CultureInfo.InvariantCulture), long.Parse(sample.Groups[2].Value, CultureInfo.InvariantCulture));
        double succeeded = (double)Succeeded / (Report!.Sent + Warm);
        yield return new("the mesh carries its load through the faults", string.Create(CultureInfo.InvariantCulture, $"{succeeded:0.0%} with a status below 500"), succeeded >= 0.9);
        yield return new("every request is sent and answered", $"{Report.Refused:N0} not sent, {Report.Unanswered:N0} unanswered", Report.Refused == 0 && Report.Unanswered == 0);
        yield return new("the client's statuses", Text(_clients), _clients.Values.Sum() == Report.Sent + Warm);
        yield return new("the same in the ingress's metrics", Text(metrics), metrics.SequenceEqual(_clients));
        yield return new("the same in its access log", $"{Text(_logged)}; {Dropped:N0} lines lost", Dropped == 0 && _logged.SequenceEqual(_clients));
        long attempts = Sum(Attempt()), arrived = Sum(Arrival());
        yield return new("what arrives at services was sent to them", $"{arrived:N0} requests of {attempts:N0} attempts", arrived > 0 && arrived <= attempts);
    }

    private long Sum(Regex samples) => samples.Matches(Metrics).Sum(sample => long.Parse(sample.Groups[1].Value, CultureInfo.InvariantCulture));

    private static void Count(SortedDictionary<int, long> counts, int status, long count = 1) => counts[status] = counts.GetValueOrDefault(status) + count;

    private static string Text(SortedDictionary<int, long> counts) => string.Join(", ", counts.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key}: {entry.Value:N0}")));

    [GeneratedRegex("""^istio_requests_total\{[^}]*reporter="source"[^}]*response_code="(\d+)"[^}]*\} (\d+)""", RegexOptions.Multiline)]
    private static partial Regex Request();

    [GeneratedRegex("""^meshlab_attempts_total\{[^}]*\} (\d+)""", RegexOptions.Multiline)]
    private static partial Regex Attempt();

    [GeneratedRegex("""^istio_requests_total\{[^}]*reporter="destination"[^}]*\} (\d+)""", RegexOptions.Multiline)]
    private static partial Regex Arrival();
}
