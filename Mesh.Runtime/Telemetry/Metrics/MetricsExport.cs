using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Mesh.Runtime.Telemetry.Metrics;

/// <summary>OpenTelemetry's SDK over MeshLab's meter: Envoy's buckets, a bound on series, the ways out.</summary>
internal static class MetricsExport
{
    /// <summary>Envoy's default buckets (<c>source/common/stats/histogram_impl.cc</c>), which Istio's metrics have, whether of milliseconds or of bytes.</summary>
    public static readonly double[] Buckets =
        [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000];

    public static MeterProvider Build(MetricsConfig config, string meter)
    {
        var builder = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("meshlab"))
            .AddMeter(meter)
            .AddView(instrument => instrument is Histogram<double>
                ? new ExplicitBucketHistogramConfiguration { Boundaries = Buckets, RecordMinMax = false, CardinalityLimit = config.MaxSeries }
                : new MetricStreamConfiguration { CardinalityLimit = config.MaxSeries })
            // Names come out as they are: all counters end in _total, and instruments have no unit that could be added.
            .AddPrometheusExporter(prometheus =>
            {
                prometheus.ScopeInfoEnabled = false;
                prometheus.ScrapeResponseCacheDurationMilliseconds = 0;
            });
        if (config.Otlp is { } otlp)
        {
            builder.AddOtlpExporter((exporter, reader) =>
            {
                OtlpSetup.Apply(otlp, "v1/metrics", exporter);
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)config.ExportInterval.TotalMilliseconds;
            });
        }
        return builder.Build();
    }
}
