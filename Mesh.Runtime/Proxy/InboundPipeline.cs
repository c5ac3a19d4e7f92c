using System.Runtime.CompilerServices;
using Mesh.Runtime.Faults;
using Mesh.Runtime.LoadBalancing.Prequal;
using Mesh.Runtime.Model;
using Mesh.Runtime.Overload;
using Mesh.Runtime.RateLimiting;
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
    private long _undecided;

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
        Leased = new FaultTable(plane.Random);
    }

    /// <summary>The endpoint that it stands before; <c>null</c> where the directory does not have it.</summary>
    internal Endpoint? Endpoint => (uint)_endpointId < (uint)_plane.Directory.Endpoints.Count ? _plane.Directory.Endpoints[_endpointId] : null;

    /// <summary>The control plane's faults at this proxy, beside those of the whole data plane.</summary>
    internal FaultTable Leased { get; }

    /// <summary>Who counts for global rate limits; <c>null</c> where nobody does.</summary>
    internal IGlobalLimits? GlobalLimits { get; set; }

    /// <summary>Requests on which a global rate limit should have decided and did not.</summary>
    internal long Undecided => Interlocked.Read(ref _undecided);

    /// <summary>The limits of the newest policy, for tests.</summary>
    internal InboundLimits? Limits => Volatile.Read(ref _state)?.Limits;

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
    public ValueTask<UpstreamReply> HandleAsync(MeshRequest request, CancellationToken cancellation)
    {
        var call = new InboundCall(request.Key, request.Attempt, request.Class, _plane.Now, _load.Enter());
        Report(MeshEventKind.InboundStarted, call, call.Started, 0, ResponseFlags.None, 0, request.BodyBytes);
        return Volatile.Read(ref _state) is { } state
            ? HandleUnderAsync(state, call, request, cancellation)
            : FinishAsync(call, Serve(call, request, cancellation));
    }

    /// <summary>What <see cref="InboundState"/> decides comes first, and hears of the answer.</summary>
    private async ValueTask<UpstreamReply> HandleUnderAsync(InboundState state, InboundCall call, MeshRequest request, CancellationToken cancellation)
    {
        if (state.Audits(request, call.Started)) Report(MeshEventKind.RequestAudited, call, call.Started, 0, ResponseFlags.None, 0, 0);
        bool isCounted = false;
        ConcurrencySlot slot = default;
        bool entered = state.TryPass(request, call.Started, out var reply);
        if (entered && GlobalLimits is { } service && state.Limits is { IsGlobal: true } limits)
        {
            isCounted = true;
            if (await CountAsync(service, limits, request).ConfigureAwait(false) is { } refusal) (entered, reply) = (false, refusal);
        }
        long now = isCounted ? _plane.Now : call.Started;
        entered = entered && state.TryEnter(request, now, isCounted, out reply, out slot);
        ReportLimit(state, now);
        if (entered)
        {
            reply = await Serve(call, request, cancellation).ConfigureAwait(false);
            state.Exit(slot, _plane.Now, reply);
            ReportLimit(state, _plane.Now);
        }
        return Finish(call, reply);
    }

    /// <summary>What a global rate limit answers a request that it refuses; <c>null</c> for one that may go on.</summary>
    private async ValueTask<UpstreamReply?> CountAsync(IGlobalLimits service, InboundLimits limits, MeshRequest request)
    {
        var (refusal, failed) = await limits.AskAsync(service, request).ConfigureAwait(false);
        if (failed) Interlocked.Increment(ref _undecided);
        return refusal;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<UpstreamReply> FinishAsync(InboundCall call, ValueTask<UpstreamReply> reply) => Finish(call, await reply.ConfigureAwait(false));

    private ValueTask<UpstreamReply> Serve(in InboundCall call, MeshRequest request, CancellationToken cancellation) =>
        _plane.Faults.Any(FaultSite.Server, call.Target.ServiceId) || Leased.Any(FaultSite.Server, call.Target.ServiceId)
            ? FaultInjection.AtServerAsync(_plane, Leased, _proxy.Id, _endpointId, _application, request, cancellation)
            : _application.HandleAsync(request, cancellation);

    private UpstreamReply Finish(in InboundCall call, in UpstreamReply reply)
    {
        long now = _plane.Now;
        _load.Leave(call.Met, now, now - call.Started);
        Report(MeshEventKind.InboundEnded, call, now, GrpcStatuses.Effective(reply.Status, reply.GrpcStatus), reply.Flags, now - call.Started, reply.BodyBytes);
        return reply;
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

    private void Report(MeshEventKind kind, in InboundCall call, long now, int status, ResponseFlags flags, long duration, long bytes) =>
        _plane.Events.On(new MeshEvent
        {
            At = now,
            Kind = kind,
            Proxy = _proxy.Id,
            Service = call.Target.ServiceId,
            Class = call.Target.Id,
            Request = call.Key,
            Attempt = call.Attempt,
            Endpoint = _endpointId,
            Outcome = status,
            Flags = flags,
            Duration = duration,
            Bytes = bytes,
        });

    /// <summary>What is kept of a request while it is inside: the caller may give up and use the request's object again.</summary>
    /// <param name="Key">Its key.</param>
    /// <param name="Attempt">The attempt's number.</param>
    /// <param name="Target">What is called.</param>
    /// <param name="Started">When it came, in ticks.</param>
    /// <param name="Met">Requests that it found in progress.</param>
    private readonly record struct InboundCall(ulong Key, int Attempt, RequestClass Target, long Started, int Met);
}
