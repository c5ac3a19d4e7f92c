using System.Diagnostics.Metrics;
using Mesh.Runtime.Telemetry.AccessLogs;

namespace Mesh.Runtime.Telemetry.Metrics;

/// <summary>What telemetry itself could not deliver.</summary>
internal static class DropMetrics
{
    private static readonly MetricDescription Dropped = new("meshlab_telemetry_dropped_total", MetricKind.Counter,
        "Requests missing in an access log: its queue was full (overflow), or its sink could not deliver them (lost).", "sink", "reason");

    public static IReadOnlyList<MetricDescription> All { get; } = [Dropped];

    public static void Register(Meter meter, IReadOnlyList<AccessLog> logs) =>
        meter.CreateObservableCounter(Dropped.Name, () => Measure(logs), unit: null, Dropped.Help);

    private static IEnumerable<Measurement<long>> Measure(IReadOnlyList<AccessLog> logs) =>
        logs.GroupBy(log => log.SinkName).SelectMany(sink => new[]
        {
            Measurement(sink.Key, "overflow", sink.Sum(log => log.Overflowed)),
            Measurement(sink.Key, "lost", sink.Sum(log => log.Lost)),
        });

    private static Measurement<long> Measurement(string sink, string reason, long count) =>
        new(count, new KeyValuePair<string, object?>("sink", sink), new KeyValuePair<string, object?>("reason", reason));
}
