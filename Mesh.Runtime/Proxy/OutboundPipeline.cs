using System.Runtime.CompilerServices;
using Mesh.Runtime.Connections;
using Mesh.Runtime.Faults;
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
        Leased = new FaultTable(plane.Random);
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

    /// <summary>The control plane's faults at this proxy, beside those of the whole data plane.</summary>
    internal FaultTable Leased { get; }

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
                state.Close();
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
    /// <remarks>
    /// What is decided at once is decided before the first <c>await</c>, here and below, and what is rare awaits in a method of its own:
    /// every request in progress holds these methods' state.
    /// </remarks>
    /// <param name="request">The request; it may be used again once the response has ended.</param>
    /// <param name="cancellation">Cancelled when the caller gives up: the answer then has status 0 and flag <c>DC</c>.</param>
    public ValueTask<MeshResponse> SendAsync(MeshRequest request, CancellationToken cancellation)
    {
        var exchange = Plane.Exchanges.Get().Begin(this, request, cancellation);
        request.CallerIdentity = Identity;
        request.Caller = Caller;
        exchange.Report(MeshEventKind.RequestStarted, Plane.Now, 0, ResponseFlags.None, 0, request.BodyBytes);

        if (Find(request.Class.ServiceId) is not { } service) return new(Answer(exchange.Local(404, ResponseFlags.NR)));
        exchange.Service = service;
        exchange.Route = request.Route = service.Policy.Routes.Match(request);
        return IsFaulty(FaultSite.Request, service) ? SendUnderFaultsAsync(exchange) : AdmitAsync(exchange);
    }

    /// <summary>Whether a fault of either table is in force: two checks for null while there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsFaulty(FaultSite site, ServiceState service) => Plane.Faults.Any(site, service.Id) || Leased.Any(site, service.Id);

    /// <summary>Request faults stand before everything that could notice them.</summary>
    private async ValueTask<MeshResponse> SendUnderFaultsAsync(Exchange exchange) =>
        await FaultInjection.AtRequestAsync(exchange).ConfigureAwait(false) is { } instead ? Answer(instead) : await AdmitAsync(exchange).ConfigureAwait(false);

    /// <summary>Admission and what the route itself does; then the deadline runs, and the tries begin.</summary>
    private ValueTask<MeshResponse> AdmitAsync(Exchange exchange)
    {
        long now = Plane.Now;
        if (!exchange.Service.Admits(exchange, now)) return new(Answer(exchange.Local(503, ResponseFlags.DO)));
        if (RouteActions.Apply(exchange) is { } own) return new(Answer(own));
        exchange.SetDeadline(now);
        return AnswerAsync(exchange.Policy.Retries is null ? TryAsync(exchange) : Plane.Retry.ExecuteAsync(exchange));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<MeshResponse> AnswerAsync(ValueTask<Outcome<AttemptResult>> tries)
    {
        var outcome = await tries.ConfigureAwait(false);
        outcome.ThrowIfException();   // a broken invariant: whatever can happen to a request is a result
        return Answer(outcome.Result);
    }

    /// <summary>One try: an attempt, and others beside it where the policy hedges.</summary>
    internal ValueTask<Outcome<AttemptResult>> TryAsync(Exchange exchange) =>
        exchange.Policy.Hedge is null ? AttemptAsync(exchange) : HedgedAttempts.RunAsync(exchange);

    /// <summary>One attempt, after its back-off: an endpoint, and the way to it through the breaker.</summary>
    internal ValueTask<Outcome<AttemptResult>> AttemptAsync(Exchange exchange)
    {
        if (exchange.Backoff > 0) return BackOffAndAttemptAsync(exchange);
        if (exchange.Caller.IsCancellationRequested) return Result(exchange.Local(0, exchange.GiveUpFlag));
        long now = Plane.Now;
        if (now >= exchange.Deadline)
        {
            exchange.OutOfTime = true;
            return Result(exchange.Local(504, ResponseFlags.UT));
        }

        var service = exchange.Service;
        if (!service.TryPick(exchange, now, out var picked)) return Result(exchange.Local(503, ResponseFlags.UH));

        exchange.Tries(picked.Endpoint.Id);
        var attempt = Plane.Attempts.Get().Begin(exchange, picked, now);
        return service.Breaker is { } breaker ? SendThroughAsync(breaker, attempt) : SendToEndpointAsync(attempt);
    }

    private async ValueTask<Outcome<AttemptResult>> BackOffAndAttemptAsync(Exchange exchange)
    {
        await exchange.BackOffAsync().ConfigureAwait(false);
        return await AttemptAsync(exchange).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<Outcome<AttemptResult>> SendThroughAsync(Resilience.CircuitBreaker breaker, Attempt attempt)
    {
        var exchange = attempt.Exchange;   // the attempt is another's once it has ended
        var outcome = await breaker.ExecuteAsync(ThroughBreaker, exchange.Context, attempt).ConfigureAwait(false);
        if (outcome.Exception is BrokenCircuitException) outcome = Outcome.FromResult(attempt.Refuse(503, ResponseFlags.CO));
        ReportBreaker(exchange, breaker);
        return outcome;
    }

    /// <summary>Caps, connection and deadline, then attempt faults and the upstream.</summary>
    private ValueTask<Outcome<AttemptResult>> SendToEndpointAsync(Attempt attempt)
    {
        var exchange = attempt.Exchange;
        if (exchange.Service.Breaker is { State: not CircuitState.Closed } breaker) ReportBreaker(exchange, breaker);
        return attempt.Enter() switch
        {
            ConnectionDecision.Refuse => Result(attempt.Refuse(503, ResponseFlags.UO)),
            ConnectionDecision.Wait => WaitAndSendAsync(attempt),
            _ when IsFaulty(FaultSite.Attempt, exchange.Service) => SendUnderFaultsAsync(attempt),
            _ => HeadersAsync(attempt, Plane.Upstream.SendAsync(attempt, attempt.Cancellation)),
        };
    }

    private async ValueTask<Outcome<AttemptResult>> WaitAndSendAsync(Attempt attempt)
    {
        if (!await attempt.ConnectionAsync().ConfigureAwait(false)) return Outcome.FromResult(attempt.AtHeaders(UpstreamReply.Cancelled));
        return await SendUnderFaultsAsync(attempt).ConfigureAwait(false);
    }

    private async ValueTask<Outcome<AttemptResult>> SendUnderFaultsAsync(Attempt attempt)
    {
        var instead = IsFaulty(FaultSite.Attempt, attempt.Exchange.Service) ? await FaultInjection.AtAttemptAsync(attempt).ConfigureAwait(false) : null;
        var reply = instead ?? await Plane.Upstream.SendAsync(attempt, attempt.Cancellation).ConfigureAwait(false);
        return Outcome.FromResult(attempt.AtHeaders(reply));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<Outcome<AttemptResult>> HeadersAsync(Attempt attempt, ValueTask<UpstreamReply> reply) =>
        Outcome.FromResult(attempt.AtHeaders(await reply.ConfigureAwait(false)));

    private static ValueTask<Outcome<AttemptResult>> Result(in AttemptResult result) => new(Outcome.FromResult(result));

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
        exchange.Service?.Answered(exchange, result.Status, Plane.Now);
        var headers = RouteActions.ResponseHeaders(exchange);
        if (exchange.Unfinished is { } body)
        {
            var head = new MeshResponse(result.Status, flags, exchange.Reply, exchange, headers);
            body.HandOver();
            return head;
        }
        var response = new MeshResponse(result.Status, flags, exchange.Reply, null, headers);
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
        if (breaker.Changed(out var state))
            exchange.Report(MeshEventKind.BreakerChanged, exchange.Pipeline.Plane.Now, (int)state, ResponseFlags.None, 0);
    }
}
