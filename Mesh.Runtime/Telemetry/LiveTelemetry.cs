using System.Diagnostics.Metrics;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Security.Tls;
using Mesh.Runtime.Telemetry.AccessLogs;
using Mesh.Runtime.Telemetry.Metrics;
using Mesh.Runtime.Telemetry.Tracing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry.Metrics;

namespace Mesh.Runtime.Telemetry;

/// <summary>
/// Everything that the sidecars of one process tell the outside: metrics, traces and access logs, from finished requests and from the mesh's decisions.
/// Nothing here blocks a request: what a receiver cannot take is dropped and counted.
/// </summary>
public sealed class LiveTelemetry : IRequestLog, IMeshEvents, IAsyncDisposable
{
    private static int _instances;
    private readonly TelemetryConfig _config;
    private readonly Meter? _meter;
    private readonly MeterProvider? _provider;
    private readonly IstioMetrics? _istio;
    private readonly MeshMetrics? _mesh;
    private readonly AccessLog[] _logs;

    /// <summary>Telemetry as the user wrote it.</summary>
    /// <param name="config">What to tell, and whom.</param>
    /// <param name="directory">The names behind the events' numbers.</param>
    /// <param name="random">Draws: which requests are traced, waits before something is sent again.</param>
    /// <param name="time">The time.</param>
    /// <param name="log">Told of receivers that fail and recover; <c>null</c> for nobody.</param>
    /// <param name="output">Where logs for standard output go; <c>null</c> for the process's own.</param>
    /// <exception cref="ArgumentException">The configuration has problems; all are named.</exception>
    public LiveTelemetry(TelemetryConfig config, MeshDirectory directory, KeyedRandom random, TimeProvider time, ILogger? log = null, Stream? output = null)
    {
        if (config.Problems() is { Count: > 0 } problems) throw new ArgumentException(string.Join('\n', problems), nameof(config));
        _config = config;
        // OpenTelemetry finds meters and sources by name in the whole process: each instance has its own.
        string scope = $"meshlab.{Interlocked.Increment(ref _instances)}";
        Tracing = new MeshTracing(config.Tracing, directory, random, time, scope);
        _logs = [.. config.AccessLogs.Select(entry => Open(entry, config.FlushTimeout, random, time, log ?? NullLogger.Instance, output))];
        LoggedRequestHeaders = [.. _logs.SelectMany(entry => entry.Format.RequestHeaders).Distinct()];
        LoggedResponseHeaders = [.. _logs.SelectMany(entry => entry.Format.ResponseHeaders).Distinct()];
        if (config.Metrics is not { } metrics) return;
        _meter = new Meter(scope);
        _provider = MetricsExport.Build(metrics, scope);
        _istio = new IstioMetrics(_meter);
        _mesh = new MeshMetrics(_meter, directory);
        DropMetrics.Register(_meter, _logs);
    }

    /// <summary>Traces: sidecars begin and end their hops here.</summary>
    public MeshTracing Tracing { get; }

    /// <summary>Headers of requests, in lower case, that a log's format asks for: the sidecar puts them into <see cref="RequestFacts.RequestHeaders"/>.</summary>
    public IReadOnlyList<string> LoggedRequestHeaders { get; }

    /// <summary>Headers of responses, in lower case, that a log's format asks for: the sidecar puts them into <see cref="RequestFacts.ResponseHeaders"/>.</summary>
    public IReadOnlyList<string> LoggedResponseHeaders { get; }

    /// <summary>Whether finished requests are told to anybody; where they are not, nobody needs to put their facts together.</summary>
    public bool WantsRequests => _istio is not null || _logs.Length > 0 || Tracing.IsOn;

    /// <summary>Requests that some access log lost, whatever the reason.</summary>
    public long Dropped => _logs.Sum(entry => entry.Overflowed + entry.Lost);

    /// <inheritdoc/>
    public void On(RequestFacts request)
    {
        _istio?.On(request);
        foreach (var entry in _logs) entry.On(request);
    }

    /// <inheritdoc/>
    public void On(in MeshEvent e)
    {
        _mesh?.On(e);
        Tracing.On(e);
    }

    /// <summary>A plain TCP connection was opened; <see cref="On(RequestFacts)"/> tells of its end.</summary>
    public void TcpOpened(RequestFacts connection) => _istio?.OnOpened(connection);

    /// <summary>The certificate of a proxy, an index into the directory, was renewed, or could not be.</summary>
    public void IdentityRenewed(int proxy, bool succeeded) => _mesh?.IdentityRenewed(proxy, succeeded);

    /// <summary>A client's connection was refused by mutual TLS: a line in the access logs, and no request.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="proxy">The sidecar, an index into the directory.</param>
    /// <param name="why">Why.</param>
    public void TlsRefused(RequestFacts connection, int proxy, TlsRefusal why)
    {
        _mesh?.TlsRefused(proxy, Reporter.Destination, why);
        foreach (var entry in _logs) entry.On(connection);
    }

    /// <summary>A sidecar refused an endpoint that is not who it has to be. The attempt's own line tells the words.</summary>
    public void TlsRefused(int proxy, TlsRefusal why) => _mesh?.TlsRefused(proxy, Reporter.Source, why);

    /// <summary>Tells how proxies stand with the control plane.</summary>
    /// <param name="agents">The proxies that there are, by name, and how each stands.</param>
    /// <param name="time">The clock of their times.</param>
    internal void Watch(Func<IEnumerable<(string Proxy, AgentStatus Status)>> agents, TimeProvider time)
    {
        if (_meter is not null) AgentMetrics.Register(_meter, agents, time);
    }

    /// <summary>Serves the metrics to Prometheus. Where metrics are off, nothing is mapped.</summary>
    /// <param name="endpoints">The admin application's endpoints.</param>
    /// <param name="path">Where.</param>
    public void MapMetrics(IEndpointRouteBuilder endpoints, string path = "/metrics")
    {
        if (_provider is not null) endpoints.MapPrometheusScrapingEndpoint(path, _provider, configureBranchedPipeline: null, optionsName: null);
    }

    /// <summary>Hands over what is under way, each kind within <see cref="TelemetryConfig.FlushTimeout"/>, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_logs.Select(entry => entry.DisposeAsync().AsTask())).ConfigureAwait(false);
        Tracing.Shutdown(_config.FlushTimeout);
        _provider?.Shutdown((int)_config.FlushTimeout.TotalMilliseconds);
        _provider?.Dispose();
        _meter?.Dispose();
    }

    private static AccessLog Open(AccessLogConfig config, TimeSpan flush, KeyedRandom random, TimeProvider time, ILogger log, Stream? output)
    {
        ILogSink sink = config.Sink switch
        {
            LogFileConfig file => new FileSink(file.Path, log),
            ElasticsearchConfig elastic => new ElasticsearchSink(elastic, random, time, log),
            _ => new StreamSink("stdout", output ?? Console.OpenStandardOutput()),
        };
        return new AccessLog(LogFormats.Create(config, _ => { }), sink, config.QueueSize, flush, time);
    }
}
