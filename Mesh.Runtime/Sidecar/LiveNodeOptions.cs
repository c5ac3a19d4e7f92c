using Mesh.Runtime.Health;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Microsoft.Extensions.Logging;

namespace Mesh.Runtime.Sidecar;

/// <summary>What the sidecars of one process share.</summary>
public sealed record LiveNodeOptions
{
    /// <summary>The seed of all draws: the run's, or entropy.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Names of services, proxies and endpoints. Default: none yet.</summary>
    public MeshDirectory Directory { get; init; } = new();

    /// <summary>The world's time. Default: one that begins now.</summary>
    public LiveTime Time { get; init; } = new();

    /// <summary>Metrics, traces and access logs. Default: metrics to be scraped.</summary>
    public TelemetryConfig Telemetry { get; init; } = new();

    /// <summary>Where access logs for standard output go. Default: the process's own.</summary>
    public Stream? Output { get; init; }

    /// <summary>Who hears of every decision besides, on many threads. Default: nobody.</summary>
    public IMeshEvents? Events { get; init; }

    /// <summary>Who hears of every finished request besides, on many threads. Default: nobody.</summary>
    public IRequestLog? Requests { get; init; }

    /// <summary>The way of active health checks. Default: over sockets, with each sidecar's own identity.</summary>
    public IHealthProbe? HealthProbe { get; init; }

    /// <summary>Where troubles of the sidecars themselves are told. Default: nowhere.</summary>
    public ILogger? Log { get; init; }
}
