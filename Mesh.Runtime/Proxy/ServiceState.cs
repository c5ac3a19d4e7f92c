using Mesh.Runtime.Connections;
using Mesh.Runtime.Health;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Model;
using Mesh.Runtime.Overload;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Resilience;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// What one proxy knows about one service: the balancers, its endpoints' state, connections, and the breaker.
/// It outlives snapshots: a new endpoint list leaves in-flight counts, averages, connections and the breaker of the rest as they are,
/// and only a policy that changed is made anew. Its decisions run under its lock.
/// </summary>
internal sealed partial class ServiceState
{
    private readonly Lock _lock = new();
    private readonly OutboundPipeline _pipeline;
    private readonly EndpointStates _endpoints = new();
    private readonly EndpointSelector _selector;
    private ServiceModel _model;
    private ConnectionLimits _limits;

    public ServiceState(OutboundPipeline pipeline, ServiceModel model)
    {
        _pipeline = pipeline;
        _model = model;
        _selector = new EndpointSelector(new BalancerContext(model.Policy.LoadBalancer, pipeline.Plane.Random, pipeline.ProxyId, model.Id, pipeline.Plane.Probe), _endpoints, model, LocalOf(model));
        _limits = new ConnectionLimits(model.Policy.Limits);
        Breaker = CreateBreaker(model.Policy);
        if (ServiceHealth.IsWanted(model.Policy.Config)) Health = CreateHealth();
        Admission = OutboundAdmission.For(model.Policy.Config, null);
    }

    public ServicePolicy Policy => _model.Policy;

    public int Id => _model.Id;

    public CircuitBreaker? Breaker { get; private set; }

    /// <summary>Admission control and throttling of whole requests; <c>null</c> for none.</summary>
    public OutboundAdmission? Admission { get; private set; }

    /// <summary>Retry budgets and hedges.</summary>
    public ServiceRepeats Repeats { get; } = new();

    /// <summary>Ejection, accrual and active checks; <c>null</c> where the policy never had any.</summary>
    public ServiceHealth? Health { get; private set; }

    /// <summary>The endpoints' state, for tests that watch it survive a snapshot.</summary>
    public EndpointStates Endpoints => _endpoints;

    /// <summary>The caps and what counts against them, for tests.</summary>
    public ConnectionLimits Limits => _limits;

    /// <summary>Takes over a newer snapshot's idea of the service.</summary>
    public void Apply(ServiceModel model)
    {
        lock (_lock)
        {
            var old = _model.Policy;
            var policy = model.Policy;
            _model = model;
            _selector.Apply(model, LocalOf(model), _pipeline.Plane.Now);
            if (!policy.Limits.Equals(old.Limits)) _limits = _limits.With(policy.Limits);
            if (policy.Config.CircuitBreaker != old.Config.CircuitBreaker) Breaker = CreateBreaker(policy);
            if (Health is not null) Health.Apply(model);
            else if (ServiceHealth.IsWanted(policy.Config)) Health = CreateHealth();
            Admission = OutboundAdmission.For(policy.Config, Admission);
            if (policy != old) Repeats.Apply(policy, sameLimits: policy.Limits.Equals(old.Limits));
            _limits.CloseIdle(_endpoints.Retain(model.Endpoints.Select(e => e.Id).ToHashSet()));
        }
    }

    /// <summary>The service has left the mesh.</summary>
    public void Close()
    {
        lock (_lock) Health?.Close();
    }

    /// <summary>Whether admission control and throttle let a request go.</summary>
    public bool Admits(Exchange exchange, long now)
    {
        if (Admission is not { } admission) return true;
        if (!admission.Admit(_pipeline.Plane.Random, exchange.Request.Key, now)) return false;
        exchange.Admission = admission;
        return true;
    }

    /// <summary>A request has its answer, after all retries.</summary>
    public void Answered(Exchange exchange, int status, long now)
    {
        Repeats.Answered(exchange, now);
        exchange.Admission?.Answered(status, exchange.Reply.GrpcStatus, now);
    }

    /// <summary>Picks an endpoint for an attempt and counts it there; false when there is none.</summary>
    public bool TryPick(Exchange exchange, long now, out Selection selection)
    {
        int attempt = exchange.Attempt + 1;
        bool picked, panicChanged, panics;
        lock (_lock)
        {
            Health?.Advance(now);
            var message = exchange.Request;
            ulong? hash = AffinityHash.Of(_model.Policy.LoadBalancer.HashOn, message, _pipeline.ProxyId);
            var draws = new DrawSequence(_pipeline.Plane.Random, Concern.LoadBalancing, message.Key, attempt);
            var request = new SelectionRequest
            {
                Now = now, Key = message.Key, Attempt = attempt, Hash = hash ?? 0, HasHash = hash.HasValue, Subset = exchange.Subset,
                Tried = exchange.Tried.Ids, Repicks = exchange.Policy.Retries?.AvoidTried ?? 0,
                PreviousPriorities = exchange.Policy.Retries?.PreviousPriorities ?? 0,
            };
            picked = _selector.TryPick(in request, ref draws, out selection);
            if (picked)
            {
                _endpoints.Enter(selection.Endpoint.Id);
                Health?.Picked(selection.Endpoint.Id, now);
            }
            (panicChanged, panics) = (_selector.PanicChanged(), _selector.InPanic);
        }
        if (panicChanged) exchange.Report(MeshEventKind.PanicChanged, now, panics ? 1 : 0, ResponseFlags.None, 0);
        return picked;
    }

    /// <summary>Admits a picked attempt under the caps and finds it a connection.</summary>
    public ConnectionDecision Enter(Attempt attempt, long now)
    {
        lock (_lock)
        {
            if (!_limits.TryEnter()) return ConnectionDecision.Refuse;
            var connections = _endpoints.GetOrAdd(attempt.Endpoint.Id).Connections ??= new EndpointConnections();
            var decision = _limits.Acquire(connections, now);
            if (decision == ConnectionDecision.Refuse) _limits.Exit();
            else if (decision == ConnectionDecision.Wait) connections.Waiting.AddLast(attempt.Waiter);
            return decision;
        }
    }

    /// <summary>Takes an attempt out of the queue for a connection; false when it had been served already.</summary>
    public bool StopWaiting(Attempt attempt)
    {
        lock (_lock)
        {
            if (attempt.Waiter.List is not { } queue) return false;
            queue.Remove(attempt.Waiter);
            _limits.StopWaiting();
            return true;
        }
    }

    /// <summary>An attempt is over: its endpoint has one less in flight, and its connection goes to the next that waits, or idles, or is closed.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="sample">How it went.</param>
    /// <param name="connection">What became of its connection.</param>
    public void Settle(Attempt attempt, in AttemptSample sample, ConnectionOutcome connection)
    {
        Attempt? next = null;
        lock (_lock)
        {
            ref var state = ref _endpoints.Leave(attempt.Endpoint.Id);
            attempt.Balancer.Released(attempt.Endpoint.Id, state.InFlight);
            if (connection != ConnectionOutcome.NeverAdmitted)
            {
                attempt.Balancer.Ended(attempt.Endpoint.Id, ref state, sample);
                Repeats.Observe(attempt, sample);
                _limits.Exit();
                if (connection != ConnectionOutcome.NeverHad) next = PassOn(state.Connections!, sample.Now, connection);
            }
            if (!state.Leaving) Health?.Ended(attempt.Endpoint.Id, sample, connection is ConnectionOutcome.Reusable or ConnectionOutcome.Closed);
            else if (state.InFlight == 0) _limits.CloseIdle(_endpoints.Forget(attempt.Endpoint.Id));
        }
        next?.ConnectionGranted(opened: connection == ConnectionOutcome.Closed);
    }

    private Attempt? PassOn(EndpointConnections connections, long now, ConnectionOutcome outcome)
    {
        if (outcome == ConnectionOutcome.Closed) _limits.Close(connections);
        if (_limits.Pending == 0 || connections.Waiting.First is not { } waiter)
        {
            if (outcome == ConnectionOutcome.Reusable) connections.BecomeIdle(now);
            return null;
        }
        connections.Waiting.RemoveFirst();
        _limits.StopWaiting();
        if (outcome == ConnectionOutcome.Closed) _limits.Replace(connections);
        return waiter.Value;
    }

    /// <summary>The proxy's own service, where picks depend on it.</summary>
    private LocalCluster LocalOf(ServiceModel model) => EndpointSelector.MindsPeers(model.Policy) ? _pipeline.LocalCluster : LocalCluster.Unknown;

    private ServiceHealth CreateHealth() => new(_pipeline.Plane, _pipeline.ProxyId, _endpoints, _model, _lock);

    private CircuitBreaker? CreateBreaker(ServicePolicy policy) =>
        policy.Config.CircuitBreaker is { } config ? new CircuitBreaker(config, _pipeline.Plane) : null;
}

/// <summary>What became of an attempt's connection.</summary>
internal enum ConnectionOutcome
{
    /// <summary>The attempt was refused before any cap counted it.</summary>
    NeverAdmitted,

    /// <summary>The attempt was admitted but never got a connection.</summary>
    NeverHad,

    /// <summary>The exchange on it was complete: it can carry another.</summary>
    Reusable,

    /// <summary>It was given up in mid-exchange, which on HTTP/1.1 closes it.</summary>
    Closed,
}
