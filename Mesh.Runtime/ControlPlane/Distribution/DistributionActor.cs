using Akka.Actor;

namespace Mesh.Runtime.ControlPlane.Distribution;

/// <summary>
/// The control plane's distribution: it holds what the mesh should be and tells every connected proxy what concerns it, through one child a connection.
/// Messages only (<c>Tell</c>), so that it runs alike on Akka's dispatcher and on the simulator's.
/// </summary>
/// <remarks>
/// A child that fails is stopped: its connection closes, and the proxy comes back to a new one. When this actor itself is restarted its children stop likewise,
/// it asks its parent for what is known, and all proxies come back; meanwhile they serve with what they have.
/// </remarks>
internal sealed class DistributionActor : ReceiveActor
{
    private readonly Reconciler _reconciler;
    private readonly SortedDictionary<int, ProxyEntry> _proxies = [];
    private readonly Action<ProxyStanding> _told;
    private readonly TimeProvider _time;
    private readonly TimeSpan _settled;
    private bool _isSettled;
    private ICancelable? _timer;
    private FaultsInForce? _faults;   // null before it has been told
    private long _connections;

    public DistributionActor(ControlPlaneOptions options, TimeSpan settled)
    {
        (_told, _time, _settled, _isSettled) = (options.OnProxy, options.Time, settled, options.Time.GetElapsedTime(0) >= settled);
        _reconciler = new Reconciler(options.Mesh, options.FirstVersion());
        Receive<RegistryChanged>(message => Publish(_reconciler.Observe(message.Services)));
        Receive<ConfigurationChanged>(OnConfigured);
        Receive<FaultsChanged>(OnFaults);
        Receive<ProxyConnected>(OnConnected);
        Receive<ProxyDisconnected>(OnDisconnected);
        Receive<SnapshotAnswered>(OnAnswered);
        Receive<Terminated>(OnTerminated);
        Receive<Settled>(_ => OnSettled());
    }

    /// <summary>How the actor is made.</summary>
    /// <param name="options">What the control plane starts with.</param>
    /// <param name="settled">From when on, on its clock, proxies of an earlier control plane are told something.</param>
    public static Props Props(ControlPlaneOptions options, TimeSpan settled) => Akka.Actor.Props.Create(() => new DistributionActor(options, settled));

    private TimeSpan Now => _time.GetElapsedTime(0);

    protected override void PreStart()
    {
        Context.Parent.Tell(DistributionStarted.Instance);
        if (!_isSettled) _timer = Context.System.Scheduler.ScheduleTellOnceCancelable(_settled - Now, Self, Settled.Instance, ActorRefs.NoSender);
    }

    protected override void PostStop() => _timer?.Cancel();

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void Publish(Reconciliation change)
    {
        if (change.Problems.Count > 0) Context.Parent.Tell(new ChangeRefused(change.Problems));
        if (change.Changed.Count == 0) return;
        foreach (var proxy in _proxies.Values)
            if (change.Concerns(proxy.Node.Subscription)) Offer(proxy);
    }

    private void OnFaults(FaultsChanged message)
    {
        bool isNews = _faults is null || message.Ended.Count > 0;
        _faults = new FaultsInForce([.. message.InForce.Select(fault => fault.Fault.Id)]);
        if (isNews) foreach (var proxy in _proxies.Values) EndFaults(proxy);
        Publish(_reconciler.Afflict(message.InForce));
    }

    /// <summary>A fault that is over ends also at a proxy that is told nothing else yet.</summary>
    private void EndFaults(ProxyEntry proxy)
    {
        if (IsLeftAlone(proxy) && _faults is not null) proxy.Actor.Tell(_faults);
    }

    private bool IsLeftAlone(ProxyEntry proxy) => proxy.IsOfEarlierLife && !_isSettled;

    private void OnSettled()
    {
        _isSettled = true;
        foreach (var proxy in _proxies.Values) Offer(proxy);
    }

    private void OnConfigured(ConfigurationChanged message)
    {
        var change = _reconciler.Configure(message.Mesh);
        if (change.Problems.Count == 0) Context.Parent.Tell(new ConfigurationTaken(message.Mesh));
        Publish(change);
    }

    private void Offer(ProxyEntry proxy)
    {
        if (IsLeftAlone(proxy)) return;
        var snapshot = _reconciler.SnapshotFor(proxy.Node.Subscription);
        if (snapshot.Version == 0 || (snapshot.Version == proxy.InForce && !proxy.MustResend)) return;
        proxy.MustResend = false;
        if (proxy.BehindSince == TimeSpan.Zero) proxy.BehindSince = Now;
        proxy.Actor.Tell(snapshot);
        Tell(proxy, isConnected: true);
    }

    private void Tell(ProxyEntry proxy, bool isConnected) =>
        _told(new ProxyStanding(proxy.Node.Name, proxy.Node.Service, isConnected, proxy.InForce, proxy.BehindSince.Ticks, proxy.Rejected));

    private void OnConnected(ProxyConnected message)
    {
        if (_proxies.TryGetValue(message.Node.Id, out var before)) Stop(before);
        var actor = Context.ActorOf(ProxyActor.Props(message.Connection), $"proxy-{message.Node.Id}-{_connections++}");
        Context.Watch(actor);
        var proxy = new ProxyEntry(message.Node, message.Connection, actor) 
        {
            InForce = message.Version, IsOfEarlierLife = message.Version > 0, MustResend = message.MustResend,
        };
        _proxies[message.Node.Id] = proxy;
        Tell(proxy, isConnected: true);
        EndFaults(proxy);
        Offer(proxy);
    }

    private void OnDisconnected(ProxyDisconnected message)
    {
        if (Find(message.ProxyId, message.Connection) is not { } proxy) return;
        _proxies.Remove(message.ProxyId);
        Stop(proxy);
        Tell(proxy, isConnected: false);
    }

    private void OnAnswered(SnapshotAnswered message)
    {
        if (Find(message.ProxyId, message.Connection) is not { } proxy) return;
        proxy.InForce = message.Answer.InForce;
        proxy.Rejected = message.Answer.Rejected;
        if (proxy.InForce == _reconciler.SnapshotFor(proxy.Node.Subscription).Version) proxy.BehindSince = TimeSpan.Zero;
        Tell(proxy, isConnected: true);
        if (message.Answer.Rejected is { } why) Context.Parent.Tell(new ChangeRefused([$"{proxy.Node.Name} rejects version {message.Answer.Version}: {why}"]));
        proxy.Actor.Tell(message.Answer);
    }

    private static void Stop(ProxyEntry proxy)
    {
        Context.Unwatch(proxy.Actor);
        Context.Stop(proxy.Actor);
    }

    /// <summary>A child failed: that is rare, and the only case in which one ends by itself.</summary>
    private void OnTerminated(Terminated message)
    {
        foreach (var (id, proxy) in _proxies)
        {
            if (!proxy.Actor.Equals(message.ActorRef)) continue;
            _proxies.Remove(id);
            Tell(proxy, isConnected: false);
            return;
        }
    }

    private ProxyEntry? Find(int proxyId, IProxyConnection connection) =>
        _proxies.TryGetValue(proxyId, out var proxy) && ReferenceEquals(proxy.Connection, connection) ? proxy : null;

    /// <summary>A connected proxy.</summary>
    private sealed record ProxyEntry(ProxyNode Node, IProxyConnection Connection, IActorRef Actor)
    {
        /// <summary>The version that it works by, as far as it has said.</summary>
        public long InForce { get; set; }

        /// <summary>Whether it had a snapshot when it connected.</summary>
        public bool IsOfEarlierLife { get; init; }

        /// <summary>Whether what it works by may lack something of its version.</summary>
        public bool MustResend { get; set; }

        /// <summary>Since when there is a newer version for it; zero where there is none.</summary>
        public TimeSpan BehindSince { get; set; }

        /// <summary>Why it rejected the newest version; <c>null</c> where it did not.</summary>
        public string? Rejected { get; set; }
    }

    /// <summary>Every endpoint is known, as far as it will be.</summary>
    private sealed class Settled
    {
        public static readonly Settled Instance = new();
    }
}
