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
    private long _connections;

    public DistributionActor(ControlPlaneOptions options)
    {
        _reconciler = new Reconciler(options.Mesh, options.FirstVersion());
        Receive<RegistryChanged>(message => Publish(_reconciler.Observe(message.Services)));
        Receive<ConfigurationChanged>(message => Publish(_reconciler.Configure(message.Mesh)));
        Receive<ProxyConnected>(OnConnected);
        Receive<ProxyDisconnected>(OnDisconnected);
        Receive<SnapshotAnswered>(OnAnswered);
        Receive<Terminated>(OnTerminated);
    }

    public static Props Props(ControlPlaneOptions options) => Akka.Actor.Props.Create(() => new DistributionActor(options));

    protected override void PreStart() => Context.Parent.Tell(RegistryWanted.Instance);

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void Publish(Reconciliation change)
    {
        if (change.Problems.Count > 0) Context.Parent.Tell(new ChangeRefused(change.Problems));
        if (change.Changed.Count == 0) return;
        foreach (var proxy in _proxies.Values)
            if (change.Concerns(proxy.Node.Subscription)) Offer(proxy);
    }

    private void Offer(ProxyEntry proxy)
    {
        var snapshot = _reconciler.SnapshotFor(proxy.Node.Subscription);
        if (snapshot.Version > 0 && snapshot.Version != proxy.InForce) proxy.Actor.Tell(snapshot);
    }

    private void OnConnected(ProxyConnected message)
    {
        if (_proxies.TryGetValue(message.Node.Id, out var before)) Stop(before);
        var actor = Context.ActorOf(ProxyActor.Props(message.Connection), $"proxy-{message.Node.Id}-{_connections++}");
        Context.Watch(actor);
        var proxy = new ProxyEntry(message.Node, message.Connection, actor) { InForce = message.Version };
        _proxies[message.Node.Id] = proxy;
        Offer(proxy);
    }

    private void OnDisconnected(ProxyDisconnected message)
    {
        if (Find(message.ProxyId, message.Connection) is not { } proxy) return;
        _proxies.Remove(message.ProxyId);
        Stop(proxy);
    }

    private void OnAnswered(SnapshotAnswered message)
    {
        if (Find(message.ProxyId, message.Connection) is not { } proxy) return;
        proxy.InForce = message.Answer.InForce;
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
    }
}
