using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mesh.Runtime.Telemetry.Tracing;

/// <summary>
/// A tracer for each service whose sidecars this process hosts, for a receiver names spans by their resource (<c>service.name</c>).
/// A process that hosts more services than <see cref="AtMost"/> shares one tracer among the rest.
/// </summary>
internal sealed class TracedServices(TracingConfig config, string scope)
{
    private const int AtMost = 256;
    private const string Rest = "meshlab";
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Traced> _services = new(StringComparer.Ordinal);

    public ActivitySource Source(string service)
    {
        lock (_lock)
        {
            if (_services.TryGetValue(service, out var known)) return known.Source;
            if (_services.Count >= AtMost) service = Rest;
            if (!_services.TryGetValue(service, out known)) _services.Add(service, known = Build(service));
            return known.Source;
        }
    }

    /// <summary>Sends what is under way, and ends; all of it within the time given.</summary>
    public void Shutdown(TimeSpan timeout, TimeProvider time)
    {
        long began = time.GetTimestamp();
        lock (_lock)
        {
            foreach (var (source, provider) in _services.Values)
            {
                source.Dispose();
                provider.Shutdown((int)Math.Max(0, (timeout - time.GetElapsedTime(began)).TotalMilliseconds));
                provider.Dispose();
            }
            _services.Clear();
        }
    }

    private Traced Build(string service)
    {
        string name = $"{scope}.{service}";
        var builder = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService(service, serviceNamespace: null, serviceVersion: null, autoGenerateServiceInstanceId: false))
            .SetSampler(new AlwaysOnSampler())   // who is recorded was decided at the hop
            .AddSource(name);
        int delay = (int)config.ExportDelay.TotalMilliseconds;
        if (config.Otlp is { } otlp)
        {
            builder.AddOtlpExporter(exporter =>
            {
                OtlpSetup.Apply(otlp, "v1/traces", exporter);
                exporter.BatchExportProcessorOptions.ScheduledDelayMilliseconds = delay;
            });
        }
        if (config.Zipkin is { } zipkin)
            builder.AddProcessor(new BatchActivityExportProcessor(new ZipkinExporter(zipkin, service), scheduledDelayMilliseconds: delay));
        var provider = builder.Build();
        return new Traced(new ActivitySource(name), provider);
    }

    private sealed record Traced(ActivitySource Source, TracerProvider Provider);
}
