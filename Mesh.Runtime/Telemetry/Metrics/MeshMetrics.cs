using System.Diagnostics.Metrics;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Tls;

namespace Mesh.Runtime.Telemetry.Metrics;

/// <summary>MeshLab's own metrics, <c>meshlab_*</c>: what proxies decided, from the same events that the virtual world's records are made of.</summary>
internal sealed class MeshMetrics
{
    private static readonly MetricDescription Attempts = new("meshlab_attempts_total", MetricKind.Counter, "Attempts begun: requests, their retries and hedges.", "proxy", "service");
    private static readonly MetricDescription Retries = new("meshlab_retries_total", MetricKind.Counter, "Retries scheduled.", "proxy", "service");
    private static readonly MetricDescription RetriesRefused = new("meshlab_retries_refused_total", MetricKind.Counter, "Retries that the policy wanted and its budget, or maxRetries, refused.", "proxy", "service");
    private static readonly MetricDescription Hedges = new("meshlab_hedges_total", MetricKind.Counter, "Hedges begun beside an attempt under way.", "proxy", "service");
    private static readonly MetricDescription Mirrored = new("meshlab_mirrored_total", MetricKind.Counter, "Copies of requests sent to a mirror.", "proxy", "service");
    private static readonly MetricDescription Ejections = new("meshlab_ejections_total", MetricKind.Counter, "Endpoints that a proxy stopped sending to, by reason.", "proxy", "service", "reason");
    private static readonly MetricDescription Readmissions = new("meshlab_readmissions_total", MetricKind.Counter, "Endpoints that a proxy sends to again.", "proxy", "service");
    private static readonly MetricDescription Breaker = new("meshlab_breaker_state", MetricKind.Gauge, "The circuit breaker: 0 closed, 1 open, 2 half open.", "proxy", "service");
    private static readonly MetricDescription BreakerTransitions = new("meshlab_breaker_transitions_total", MetricKind.Counter, "Changes of circuit breakers, by the state they went to.", "proxy", "service", "state");
    private static readonly MetricDescription Panic = new("meshlab_panic", MetricKind.Gauge, "Whether health is ignored, for too few endpoints are healthy: 1 or 0.", "proxy", "service");
    private static readonly MetricDescription Faults = new("meshlab_faults_injected_total", MetricKind.Counter, "Faults injected into requests, by kind.", "proxy", "service", "kind");
    private static readonly MetricDescription Healthy = new("meshlab_endpoint_healthy", MetricKind.Gauge, "What active health checks think of an endpoint, from their first change of mind: 1 or 0.", "proxy", "service", "endpoint");
    private static readonly MetricDescription ConcurrencyLimit = new("meshlab_concurrency_limit", MetricKind.Gauge, "Requests that a sidecar lets into its application at once.", "proxy", "service");
    private static readonly MetricDescription IdentityRenewals = new("meshlab_identity_renewals_total", MetricKind.Counter, "Renewals of a proxy's certificate, by result (ok, failed).", "proxy", "result");
    private static readonly MetricDescription TlsRefusals = new("meshlab_tls_refused_total", MetricKind.Counter, "Connections that mutual TLS refused: of clients (inbound), or to endpoints (outbound), by reason.", "proxy", "side", "reason");

    private static readonly string[] Reasons = Names<EjectionReason>();
    private static readonly string[] Kinds = Names<FaultKind>();
    private static readonly string[] Refusals = Names<TlsRefusal>();
    private static readonly string[] States = ["closed", "open", "half_open"];

    private readonly MeshDirectory _directory;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _retriesRefused;
    private readonly Counter<long> _hedges;
    private readonly Counter<long> _mirrored;
    private readonly Counter<long> _ejections;
    private readonly Counter<long> _readmissions;
    private readonly Gauge<long> _breaker;
    private readonly Counter<long> _breakerTransitions;
    private readonly Gauge<long> _panic;
    private readonly Counter<long> _faults;
    private readonly Gauge<long> _healthy;
    private readonly Gauge<long> _concurrencyLimit;
    private readonly Counter<long> _identityRenewals;
    private readonly Counter<long> _tlsRefusals;

    public MeshMetrics(Meter meter, MeshDirectory directory)
    {
        _directory = directory;
        _attempts = meter.Counter(Attempts);
        _retries = meter.Counter(Retries);
        _retriesRefused = meter.Counter(RetriesRefused);
        _hedges = meter.Counter(Hedges);
        _mirrored = meter.Counter(Mirrored);
        _ejections = meter.Counter(Ejections);
        _readmissions = meter.Counter(Readmissions);
        _breaker = meter.Gauge(Breaker);
        _breakerTransitions = meter.Counter(BreakerTransitions);
        _panic = meter.Gauge(Panic);
        _faults = meter.Counter(Faults);
        _healthy = meter.Gauge(Healthy);
        _concurrencyLimit = meter.Gauge(ConcurrencyLimit);
        _identityRenewals = meter.Counter(IdentityRenewals);
        _tlsRefusals = meter.Counter(TlsRefusals);
    }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<MetricDescription> All { get; } =
    [
        Attempts, Retries, RetriesRefused, Hedges, Mirrored, Ejections, Readmissions, Breaker, BreakerTransitions,
        Panic, Faults, Healthy, ConcurrencyLimit, IdentityRenewals, TlsRefusals,
    ];

    public void On(in MeshEvent e)
    {
        switch (e.Kind)
        {
            case MeshEventKind.AttemptStarted: _attempts.Add(1, Proxy(e), Service(e)); break;
            case MeshEventKind.RetryScheduled: _retries.Add(1, Proxy(e), Service(e)); break;
            case MeshEventKind.RetryRefused: _retriesRefused.Add(1, Proxy(e), Service(e)); break;
            case MeshEventKind.HedgeStarted: _hedges.Add(1, Proxy(e), Service(e)); break;
            case MeshEventKind.Mirrored: _mirrored.Add(1, Proxy(e), Service(e)); break;
            case MeshEventKind.EndpointEjected: _ejections.Add(1, Proxy(e), Service(e), new("reason", Name(Reasons, e.Outcome))); break;
            case MeshEventKind.EndpointReadmitted: _readmissions.Add(1, Proxy(e), Service(e)); break;
            case MeshEventKind.BreakerChanged:
                _breaker.Record(e.Outcome, Proxy(e), Service(e));
                _breakerTransitions.Add(1, Proxy(e), Service(e), new("state", Name(States, e.Outcome)));
                break;
            case MeshEventKind.PanicChanged: _panic.Record(e.Outcome, Proxy(e), Service(e)); break;
            case MeshEventKind.FaultInjected: _faults.Add(1, Proxy(e), Service(e), new("kind", Name(Kinds, e.Outcome))); break;
            case MeshEventKind.HealthChanged: _healthy.Record(e.Outcome, Proxy(e), Service(e), Endpoint(e)); break;
            case MeshEventKind.ConcurrencyLimitChanged: _concurrencyLimit.Record(e.Outcome, Proxy(e), Service(e)); break;
        }
    }

    /// <summary>A proxy's certificate was renewed, or could not be.</summary>
    public void IdentityRenewed(int proxy, bool succeeded) =>
        _identityRenewals.Add(1, new("proxy", NameOf(proxy)), new("result", succeeded ? "ok" : "failed"));

    /// <summary>Mutual TLS refused a connection.</summary>
    public void TlsRefused(int proxy, Reporter side, TlsRefusal why) =>
        _tlsRefusals.Add(1, new("proxy", NameOf(proxy)), new("side", side == Reporter.Source ? "outbound" : "inbound"), new("reason", Name(Refusals, (int)why)));

    private KeyValuePair<string, object?> Proxy(in MeshEvent e) => new("proxy", NameOf(e.Proxy));

    private KeyValuePair<string, object?> Service(in MeshEvent e) =>
        new("service", (uint)e.Service < (uint)_directory.Services.Count ? _directory.Services[e.Service] : "unknown");

    private KeyValuePair<string, object?> Endpoint(in MeshEvent e) =>
        new("endpoint", (uint)e.Endpoint < (uint)_directory.Endpoints.Count ? _directory.Endpoints[e.Endpoint].Name : "unknown");

    private string NameOf(int proxy) => (uint)proxy < (uint)_directory.Proxies.Count ? _directory.Proxies[proxy].Name : "unknown";

    private static string Name(string[] names, int index) => (uint)index < (uint)names.Length ? names[index] : "unknown";

    /// <summary>Names by value, as Prometheus writes words: <c>consecutive_5xx</c>.</summary>
    private static string[] Names<T>() where T : struct, Enum
    {
        string[] names = [.. Enumerable.Repeat("unknown", Enum.GetValues<T>().Max(value => Convert.ToInt32(value)) + 1)];
        foreach (var value in Enum.GetValues<T>()) names[Convert.ToInt32(value)] = SnakeCase(value.ToString());
        return names;
    }

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((c, i) => i > 0 && (char.IsUpper(c) || (char.IsDigit(c) && !char.IsDigit(name[i - 1]))) ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
