using System.Runtime.CompilerServices;
using Mesh.Runtime.Connections;
using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Polly;
using Polly.CircuitBreaker;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// The caller's sidecar. The whole way of a request, outermost first:
/// telemetry, route, faults of the site <c>request</c>, admission, what the route does, total deadline, retry or hedge, and for each attempt: pick an endpoint, breaker, caps and connection, per-try deadline, faults of the site <c>attempt</c>, upstream.
/// </summary>
public sealed class OutboundPipeline
{
    private static readonly Func<ResilienceContext, Attempt, ValueTask<Outcome<AttemptResult>>> ThroughBreaker =
        static (_, attempt) => attempt.Exchange.Pipeline.SendToEndpointAsync(attempt);

    private readonly Dictionary<int, ServiceState> _services = [];
    private readonly Lock _lock = new();
    private MeshSnapshot _snapshot = MeshSnapshot.Empty;
    private LocalCluster _local = LocalCluster.Unknown;
    private bool _localIsOld = true;

    /// <summary>The outbound side of one proxy.</summary>
    /// <param name="plane">What all proxies share.</param>
    /// <param name="proxy">The proxy, as the <see cref="MeshDirectory"/> names it.</param>
    /// <param name="identity">Its SPIFFE identity, which callees see.</param>
    public OutboundPipeline(DataPlane plane, ProxyEntry proxy, string identity)
    {
        Plane = plane;
        Proxy = proxy;
        Identity = identity;
    }

    /// <summary>The proxy: its id, its own service, its zone.</summary>
    public ProxyEntry Proxy { get; }

    /// <summary>The proxy's id in the <see cref="MeshDirectory"/>.</summary>
    public int ProxyId => Proxy.Id;

    /// <summary>The proxy's SPIFFE identity.</summary>
    public string Identity { get; }

    /// <summary>The workload that it sends requests for, which its routes may ask for. Default: unknown.</summary>
    public CallerInfo Caller { get; init; } = CallerInfo.Unknown;

    internal DataPlane Plane { get; }

    /// <summary>What the proxy knows about a service that it has called, for tests that watch it.</summary>
    internal ServiceState? Service(int serviceId)
    {
        lock (_lock) return _services.GetValueOrDefault(serviceId);
    }

    /// <summary>The newest snapshot.</summary>
    internal MeshSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>The proxy's own service as the newest snapshot has it. Made when a policy first asks for it, under the lock.</summary>
    internal LocalCluster LocalCluster
    {
        get
        {
            if (_localIsOld) _local = LocalCluster.Of(_snapshot.Find(Proxy.ServiceId), Proxy.Zone, Proxy.Name, _local);
            _localIsOld = false;
            return _local;
        }
    }

    /// <summary>The version that the proxy works by.</summary>
    public long SnapshotVersion => Volatile.Read(ref _snapshot).Version;

    /// <summary>Swaps the snapshot. Requests in progress go on with the endpoints they picked; what is known about endpoints that stay is kept.</summary>
    public void Apply(MeshSnapshot snapshot)
    {
        lock (_lock)
        {
            _localIsOld |= _snapshot.Find(Proxy.ServiceId) != snapshot.Find(Proxy.ServiceId);
            Volatile.Write(ref _snapshot, snapshot);
            foreach (var state in _services.Values)
            {
                if (snapshot.Find(state.Id) is { } model)
                {
                    state.Apply(model);
                    continue;
                }
                _services.Remove(state.Id);   // its requests in progress end with the state they hold
                state.Health?.Close();
            }
            // Health checks need no request to begin.
            foreach (var model in snapshot.Checked)
            {
                if (!_services.ContainsKey(model.Id)) _services.Add(model.Id, new ServiceState(this, model));
            }
        }
        Plane.Events.On(new MeshEvent
        {
            At = Plane.Now, Kind = MeshEventKind.SnapshotApplied, Proxy = ProxyId,
            Service = -1, Class = -1, Endpoint = -1, Outcome = (int)snapshot.Version,
        });
    }

    /// <summary>Sends a request into the mesh. Completes at the answer's headers; every failure is an answer.</summary>
    /// <param name="request">The request; it may be used again once the response has ended.</param>
    /// <param name="cancellation">Cancelled when the caller gives up: the answer then has status 0 and flag <c>DC</c>.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<MeshResponse> SendAsync(MeshRequest request, CancellationToken cancellation)
    {
        var exchange = Plane.Exchanges.Get().Begin(this, request, cancellation);
        long now = Plane.Now;
        request.CallerIdentity = Identity;
        request.Caller = Caller;
        exchange.Report(MeshEventKind.RequestStarted, now, 0, ResponseFlags.None, 0, request.BodyBytes);

        if (Find(request.Class.ServiceId) is not { } service)
            return Answer(exchange.Local(404, ResponseFlags.NR));
        exchange.Service = service;
        exchange.Route = service.Policy.Routes.Match(request);
        if (Plane.Faults.Any(FaultSite.Request, service.Id))
        {
            if (await FaultInjection.AtRequestAsync(exchange).ConfigureAwait(false) is { } instead) return Answer(instead);
            now = Plane.Now;
        }
        var admission = service.Admission;
        if (admission is not null && !admission.Admit(Plane.Random, request.Key, now)) return Answer(exchange.Local(503, ResponseFlags.DO));
        if (RouteActions.Apply(exchange) is { } own)
        {
            admission?.Answered(own.Status, 0, now);
            return Answer(own);
        }
        exchange.SetDeadline(now);

        var outcome = await (exchange.Policy.Retries is null
            ? TryAsync(exchange)
            : Plane.Retry.ExecuteAsync(exchange)).ConfigureAwait(false);
        outcome.ThrowIfException();   // a broken invariant: whatever can happen to a request is a result
        admission?.Answered(outcome.Result.Status, exchange.Reply.GrpcStatus, Plane.Now);
        return Answer(outcome.Result);
    }

    /// <summary>One try: an attempt, and others beside it where the policy hedges.</summary>
    internal ValueTask<Outcome<AttemptResult>> TryAsync(Exchange exchange) =>
        exchange.Policy.Hedge is null ? AttemptAsync(exchange) : HedgedAttempts.RunAsync(exchange);

    /// <summary>One attempt: an endpoint, and the way to it through the breaker.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<Outcome<AttemptResult>> AttemptAsync(Exchange exchange)
    {
        if (exchange.Backoff > 0) await exchange.BackOffAsync().ConfigureAwait(false);
        if (exchange.Caller.IsCancellationRequested) return Outcome.FromResult(exchange.Local(0, exchange.GiveUpFlag));
        long now = Plane.Now;
        if (now >= exchange.Deadline)
        {
            exchange.OutOfTime = true;
            return Outcome.FromResult(exchange.Local(504, ResponseFlags.UT));
        }

        var service = exchange.Service;
        if (!service.TryPick(exchange, now, out var picked))
            return Outcome.FromResult(exchange.Local(503, ResponseFlags.UH));

        exchange.Attempt++;
        var attempt = Plane.Attempts.Get().Begin(exchange, picked, now);
        if (service.Breaker is not { } breaker) return await SendToEndpointAsync(attempt).ConfigureAwait(false);

        var outcome = await breaker.ExecuteAsync(ThroughBreaker, exchange.Context, attempt).ConfigureAwait(false);
        if (outcome.Exception is BrokenCircuitException) outcome = Outcome.FromResult(attempt.Refuse(503, ResponseFlags.CO));
        ReportBreaker(exchange, breaker);
        return outcome;
    }

    /// <summary>Caps, connection and deadline, then the upstream.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Outcome<AttemptResult>> SendToEndpointAsync(Attempt attempt)
    {
        var exchange = attempt.Exchange;
        if (exchange.Service.Breaker is { State: not CircuitState.Closed } breaker) ReportBreaker(exchange, breaker);
        var decision = attempt.Enter();
        if (decision == ConnectionDecision.Refuse) return Outcome.FromResult(attempt.Refuse(503, ResponseFlags.UO));
        if (decision == ConnectionDecision.Wait && !await attempt.ConnectionAsync().ConfigureAwait(false))
            return Outcome.FromResult(attempt.AtHeaders(UpstreamReply.Cancelled));
        if (Plane.Faults.Any(FaultSite.Attempt, exchange.Service.Id) && await FaultInjection.AtAttemptAsync(attempt).ConfigureAwait(false) is { } instead)
            return Outcome.FromResult(attempt.AtHeaders(instead));
        var reply = await Plane.Upstream.SendAsync(attempt, attempt.Cancellation).ConfigureAwait(false);
        return Outcome.FromResult(attempt.AtHeaders(reply));
    }

    /// <summary>The request is over, its body too.</summary>
    internal void Completed(Exchange exchange, long now, int status, ResponseFlags flags, long bytes)
    {
        if (exchange.Request.IsMirrored) return;
        exchange.FaultHold?.Release();
        exchange.Report(MeshEventKind.RequestEnded, now, status, flags | exchange.Exhaustion | exchange.Injected, now - exchange.Request.IntendedStart, bytes);
    }

    private MeshResponse Answer(in AttemptResult result)
    {
        var exchange = result.Exchange;
        var flags = result.Flags | exchange.Exhaustion | exchange.Injected;
        exchange.Service?.Repeats.Answered(exchange, Plane.Now);
        if (exchange.Unfinished is not null) return new MeshResponse(result.Status, flags, exchange.Reply, exchange);
        var response = new MeshResponse(result.Status, flags, exchange.Reply, null);
        Completed(exchange, Plane.Now, result.EffectiveStatus, flags, exchange.Reply.BodyBytes);
        Plane.Exchanges.Return(exchange);
        return response;
    }

    /// <summary>What the proxy knows about a service; <c>null</c> where the mesh knows none.</summary>
    internal ServiceState? Find(int serviceId)
    {
        lock (_lock)
        {
            if (_services.TryGetValue(serviceId, out var state)) return state;
            if (_snapshot.Find(serviceId) is not { } model) return null;
            state = new ServiceState(this, model);
            _services.Add(serviceId, state);
            return state;
        }
    }

    private static void ReportBreaker(Exchange exchange, Resilience.CircuitBreaker breaker)
    {
        if (breaker.Changed())
            exchange.Report(MeshEventKind.BreakerChanged, exchange.Pipeline.Plane.Now, (int)breaker.State, ResponseFlags.None, 0);
    }
}
