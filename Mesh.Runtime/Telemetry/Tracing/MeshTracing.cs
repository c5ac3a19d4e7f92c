using System.Collections.Concurrent;
using System.Diagnostics;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Telemetry.Tracing;

/// <summary>
/// Spans of live requests: a sidecar begins and ends a hop; the attempts between follow from the mesh's own events, so that
/// one that never left the sidecar (refused, aborted by a fault) has its span too. Where tracing is off, everything here returns at once.
/// </summary>
public sealed class MeshTracing
{
    /// <summary>Recorded hops that events are looked up for; one more than so many gets no spans of its attempts.</summary>
    private const int MaxOpen = 1 << 16;

    private readonly TracingConfig? _config;
    private readonly MeshDirectory _directory;
    private readonly KeyedRandom _random;
    private readonly TimeProvider _time;
    private readonly TracedServices? _services;
    private readonly ConcurrentDictionary<HopKey, RecordedHop> _open = new();
    private int _recording;

    internal MeshTracing(TracingConfig? config, MeshDirectory directory, KeyedRandom random, TimeProvider time, string scope)
    {
        _config = config;
        _directory = directory;
        _random = random;
        _time = time;
        if (config is not null) _services = new TracedServices(config, scope);
    }

    /// <summary>Whether requests are traced at all.</summary>
    public bool IsOn => _config is not null;

    /// <summary>
    /// A request came to a sidecar. A decision about sampling that it brings stands; else a draw decides.
    /// To be ended by <see cref="EndHop"/>, once.
    /// </summary>
    /// <param name="reporter">Which side of the hop the sidecar stands on.</param>
    /// <param name="proxy">The sidecar's proxy, as its events name it.</param>
    /// <param name="request">The request's key, as its events name it.</param>
    /// <param name="headers">What has the request's headers.</param>
    /// <param name="get">A header's value, or <c>null</c>; several values joined by commas.</param>
    public HopTrace BeginHop<TCarrier>(Reporter reporter, int proxy, ulong request, TCarrier headers, Func<TCarrier, string, string?> get)
    {
        if (_config is not { } config) return default;
        var context = TraceContext.Extract(headers, get, config.Propagation);
        bool sampled = context.Sampled ?? _random.Unit(Concern.TraceSampling, request) * 100 < config.SamplingPercent;
        context = context with { Sampled = sampled };
        if (sampled && Record(new HopKey(reporter, proxy, request), context) is { } recorded)
            return new HopTrace(context with { TraceId = recorded.Span.TraceId, SpanId = recorded.Span.SpanId }, config.Propagation, recorded);
        if (!context.IsValid) context = context with { TraceId = ActivityTraceId.CreateRandom(), SpanId = ActivitySpanId.CreateRandom() };
        return new HopTrace(context, config.Propagation, null);
    }

    /// <summary>The request is over.</summary>
    public void EndHop(in HopTrace hop, RequestFacts facts)
    {
        if (hop.Recorded is { } recorded) End(recorded, facts);
    }

    /// <summary>A decision of the mesh: an attempt's begin and end, and what happened meanwhile.</summary>
    internal void On(in MeshEvent e)
    {
        if (Volatile.Read(ref _recording) == 0) return;
        if (_open.TryGetValue(new HopKey(Reporter.Source, e.Proxy, e.Request), out var hop) ||
            _open.TryGetValue(new HopKey(Reporter.Destination, e.Proxy, e.Request), out hop)) Tell(hop, e);
    }

    /// <summary>Sends what is under way, within the time given, and ends; spans that are still open are lost.</summary>
    internal void Shutdown(TimeSpan timeout) => _services?.Shutdown(timeout, _time);

    /// <summary>Apart from <see cref="EndHop"/>, so that a request without spans costs no closure; so is <see cref="Tell"/>.</summary>
    private void End(RecordedHop hop, RequestFacts facts)
    {
        if (_open.TryRemove(new(hop.Key, hop))) Interlocked.Decrement(ref _recording);
        hop.End(_time.GetUtcNow(), span => SpanFields.Hop(span, facts));
    }

    private void Tell(RecordedHop hop, MeshEvent e)
    {
        var now = _time.GetUtcNow();
        switch (e.Kind)
        {
            case MeshEventKind.AttemptStarted: hop.BeginAttempt(e.Attempt, now, span => SpanFields.AttemptBegun(span, e, ServiceName(e.Service), EndpointOf(e))); break;
            case MeshEventKind.AttemptEnded: hop.EndAttempt(e.Attempt, now, span => SpanFields.AttemptEnded(span, e)); break;
            default:
                if (SpanFields.Event(e, now) is { } what) hop.AddEvent(e.Attempt, what);
                break;
        }
    }

    private RecordedHop? Record(HopKey key, in TraceContext context)
    {
        string service = (uint)key.Proxy < (uint)_directory.Proxies.Count ? ServiceName(_directory.Proxies[key.Proxy].ServiceId) : "unknown";
        var source = _services!.Source(service);
        var from = context.IsValid ? new ActivityContext(context.TraceId, context.SpanId, ActivityTraceFlags.Recorded, context.State, isRemote: true) : default;
        var span = Activities.Start(source, "hop", key.Reporter == Reporter.Source ? ActivityKind.Client : ActivityKind.Server, from, _time.GetUtcNow());
        if (span is null) return null;
        var recorded = new RecordedHop(span, source, context.IsValid ? context.SpanId : default, key);
        if (_recording < MaxOpen && _open.TryAdd(key, recorded)) Interlocked.Increment(ref _recording);
        return recorded;
    }

    private string ServiceName(int service) => (uint)service < (uint)_directory.Services.Count ? _directory.Services[service] : "unknown";

    private Endpoint? EndpointOf(in MeshEvent e) => (uint)e.Endpoint < (uint)_directory.Endpoints.Count ? _directory.Endpoints[e.Endpoint] : null;
}
