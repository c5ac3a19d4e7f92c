namespace Mesh.Runtime.Telemetry.Metrics;

/// <summary>The kinds of metrics, by Prometheus's names.</summary>
internal enum MetricKind
{
    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts by size.</summary>
    Histogram,
}

/// <summary>One metric as dashboards and documentation know it.</summary>
/// <param name="Name">Its name, the same on <c>/metrics</c> and over OTLP.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Help">What it counts.</param>
/// <param name="Labels">Its labels; Istio's are <see cref="IstioLabels"/>.</param>
internal sealed record MetricDescription(string Name, MetricKind Kind, string Help, params string[] Labels);
