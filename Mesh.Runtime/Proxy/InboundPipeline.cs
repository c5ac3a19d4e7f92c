using System.Runtime.CompilerServices;
using Mesh.Runtime.LoadBalancing.Prequal;
using Mesh.Runtime.Model;
using Mesh.Runtime.Overload;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// The callee's sidecar. Outermost first: telemetry, then what <see cref="InboundState"/> decides
/// (identity, authorization, rate limit, concurrency limit, shedding), server faults, the application.
/// </summary>
public sealed class InboundPipeline
{
    private readonly DataPlane _plane;
    private readonly ProxyEntry _proxy;
    private readonly int _endpointId;
    private readonly IApplication _application;
    private readonly ServerLoad _load = new();
    private ServicePolicy? _policy;
    private InboundState? _state;

    /// <summary>The inbound side of one proxy.</summary>
    /// <param name="plane">What all proxies share.</param>
    /// <param name="proxy">The proxy, as the <see cref="MeshDirectory"/> names it.</param>
    /// <param name="endpointId">The id of the endpoint that it stands before.</param>
    /// <param name="application">The application.</param>
    public InboundPipeline(DataPlane plane, ProxyEntry proxy, int endpointId, IApplication application)
    {
        _plane = plane;
        _proxy = proxy;
        _endpointId = endpointId;
        _application = application;
    }

    /// <summary>How busy the endpoint is, for balancers that probe.</summary>
    /// <param name="now">The time in ticks.</param>
    public ProbeReport Probe(long now) => _load.Report(now);

    /// <summary>Takes over the policy of its own service. Requests in progress go on under the one they met.</summary>
    public void Apply(MeshSnapshot snapshot)
    {
        var model = snapshot.Find(_proxy.ServiceId);
        var policy = model?.Policy;
        if (!ReferenceEquals(policy, _policy))
        {
            _policy = policy;
            Volatile.Write(ref _state, policy is null ? null : InboundState.Create(policy, _plane, _proxy, _state));
        }
        if (_state?.Limits is { } limits) limits.Members = model!.Endpoints.Length;
    }

    /// <summary>Takes a request from the network to the application. Completes with the application's answer; never throws.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Cancelled when the caller has given up.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UpstreamReply> HandleAsync(MeshRequest request, CancellationToken cancellation)
    {
        long started = _plane.Now;
        (ulong key, int attempt, var target) = (request.Key, request.Attempt, request.Class);   // the caller may give up and use the request again
        Report(MeshEventKind.InboundStarted, target, key, attempt, started, 0, ResponseFlags.None, 0, request.BodyBytes);
        var state = Volatile.Read(ref _state);
        int met = _load.Enter();
        ConcurrencySlot slot = default;
        if (state is null || state.TryEnter(request, started, out var reply, out slot))
        {
            ReportLimit(state, started);
            reply = await (_plane.Faults.Any(FaultSite.Server, target.ServiceId)
                ? FaultInjection.AtServerAsync(_plane, _proxy.Id, _endpointId, _application, request, cancellation)
                : _application.HandleAsync(request, cancellation)).ConfigureAwait(false);
            state?.Exit(slot, _plane.Now, reply);
        }
        long now = _plane.Now;
        ReportLimit(state, now);
        _load.Leave(met, now, now - started);
        Report(MeshEventKind.InboundEnded, target, key, attempt, now, GrpcStatuses.Effective(reply.Status, reply.GrpcStatus), reply.Flags, now - started, reply.BodyBytes);
        return reply with { Flags = reply.Flags & (ResponseFlags.UR | ResponseFlags.UC) };   // why, is this sidecar's own knowledge; a broken connection is seen by the caller
    }

    private void ReportLimit(InboundState? state, long now)
    {
        if (state?.Limits is not { } limits || !limits.LimitChanged(out int limit)) return;
        _plane.Events.On(new MeshEvent
        {
            At = now, Kind = MeshEventKind.ConcurrencyLimitChanged, Proxy = _proxy.Id, Service = _proxy.ServiceId,
            Class = -1, Attempt = -1, Endpoint = _endpointId, Outcome = limit,
        });
    }

    private void Report(MeshEventKind kind, RequestClass target, ulong key, int attempt, long now, int status, ResponseFlags flags, long duration, long bytes) =>
        _plane.Events.On(new MeshEvent
        {
            At = now,
            Kind = kind,
            Proxy = _proxy.Id,
            Service = target.ServiceId,
            Class = target.Id,
            Request = key,
            Attempt = attempt,
            Endpoint = _endpointId,
            Outcome = status,
            Flags = flags,
            Duration = duration,
            Bytes = bytes,
        });
}
