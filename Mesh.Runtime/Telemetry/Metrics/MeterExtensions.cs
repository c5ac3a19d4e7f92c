using System.Diagnostics.Metrics;

namespace Mesh.Runtime.Telemetry.Metrics;

/// <summary>Instruments from descriptions. They have no unit: exporters would add it to the name.</summary>
internal static class MeterExtensions
{
    public static Counter<long> Counter(this Meter meter, MetricDescription metric) => meter.CreateCounter<long>(metric.Name, unit: null, metric.Help);

    public static Histogram<double> Histogram(this Meter meter, MetricDescription metric) => meter.CreateHistogram<double>(metric.Name, unit: null, metric.Help);

    public static Gauge<long> Gauge(this Meter meter, MetricDescription metric) => meter.CreateGauge<long>(metric.Name, unit: null, metric.Help);

    public static UpDownCounter<long> UpDownCounter(this Meter meter, MetricDescription metric) => meter.CreateUpDownCounter<long>(metric.Name, unit: null, metric.Help);
}
