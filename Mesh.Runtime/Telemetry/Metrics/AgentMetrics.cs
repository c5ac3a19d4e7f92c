using System.Diagnostics.Metrics;
using Mesh.Runtime.ControlPlane;

namespace Mesh.Runtime.Telemetry.Metrics;

/// <summary>How proxies stand with the control plane, read when somebody asks.</summary>
internal static class AgentMetrics
{
    private static readonly MetricDescription Version = new("meshlab_snapshot_version", MetricKind.Gauge, "The version of the mesh's configuration that a proxy works by; 0 for none.", "proxy");
    private static readonly MetricDescription Rejections = new("meshlab_snapshot_rejections_total", MetricKind.Counter, "Snapshots that a proxy rejected; it stayed with the last good one.", "proxy");
    private static readonly MetricDescription Connected = new("meshlab_control_plane_connected", MetricKind.Gauge, "Whether a proxy hears of changes: 1 or 0.", "proxy");
    private static readonly MetricDescription Staleness = new("meshlab_control_plane_staleness_seconds", MetricKind.Gauge, "How long ago a proxy last heard from its control plane, which says something every two seconds.", "proxy");
    private static readonly MetricDescription Losses = new("meshlab_control_plane_losses_total", MetricKind.Counter, "Connections to the control plane that a proxy lost.", "proxy");
    private static readonly MetricDescription Undecided = new("meshlab_rate_limit_undecided_total", MetricKind.Counter, "Requests on which the control plane did not decide a global rate limit in time; they went on, or were refused under failureModeDeny.", "proxy");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<MetricDescription> All { get; } = [Version, Rejections, Connected, Staleness, Losses, Undecided];

    public static void Register(Meter meter, Func<IEnumerable<(string Proxy, AgentStatus Status)>> agents, TimeProvider time)
    {
        Gauge(Version, status => status.Version);
        Counter(Rejections, status => status.Rejections);
        Counter(Losses, status => status.Losses);
        Counter(Undecided, status => status.Undecided);
        Gauge(Connected, status => status.State == AgentConnection.Connected ? 1 : 0);
        meter.CreateObservableGauge(Staleness.Name, () => Heard().Select(one => new Measurement<double>(Age(one.Status), Labels(one.Proxy))), unit: null, Staleness.Help);

        double Age(AgentStatus status) => Math.Max(0, time.GetElapsedTime(status.Heard!.Value).TotalSeconds);

        // A proxy that was never connected has its snapshots from its own process.
        IEnumerable<(string Proxy, AgentStatus Status)> Heard() => agents().Where(one => one.Status.Heard is not null);

        IEnumerable<Measurement<long>> Measure(Func<AgentStatus, long> value) => agents().Select(one => new Measurement<long>(value(one.Status), Labels(one.Proxy)));

        void Gauge(MetricDescription metric, Func<AgentStatus, long> value) => meter.CreateObservableGauge(metric.Name, () => Measure(value), unit: null, metric.Help);

        void Counter(MetricDescription metric, Func<AgentStatus, long> value) => meter.CreateObservableCounter(metric.Name, () => Measure(value), unit: null, metric.Help);
    }

    private static KeyValuePair<string, object?>[] Labels(string proxy) => [new("proxy", proxy)];
}
