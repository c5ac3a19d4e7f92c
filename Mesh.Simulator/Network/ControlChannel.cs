using Akka.Actor;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Distribution;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Network;

/// <summary>
/// The control plane's actors, and their connections to the proxies over the modelled network; the control plane stands in the first zone.
/// A sidecar is ready only once it has its first snapshot, so those of the start take no time, and a replica that joins is connected already.
/// </summary>
internal sealed class ControlChannel(EventLoop loop, VirtualNetwork network, KeyedRandom random, ActorSystem system, MeshConfig mesh)
{
    private const int Connecting = 1;   // tells these messages' draws from those of pushes

    private static readonly NetworkPlace Home = new(0, NetworkPlace.ControlPlane, IsReplica: false);
    private readonly SortedDictionary<int, ProxyLink> _links = [];
    private IActorRef _controlPlane = ActorRefs.Nobody;
    private int _started;
    private int _unreachable;
    private int _stopped;
    private int _stale;

    /// <summary>Whether the world is still being set up.</summary>
    public bool Starting { get; set; } = true;

    /// <summary>Time that every push takes on top of the network's, in ticks.</summary>
    public long PushDelay { get; set; }

    /// <summary>Pushes sent so far.</summary>
    public long Pushes { get; private set; }

    /// <summary>Connections that broke so far.</summary>
    public long Broken { get; private set; }

    /// <summary>Observations of endpoints that never reached the control plane.</summary>
    public long Withheld { get; private set; }

    /// <summary>Tells the control plane of all endpoints, as discovery does where it begins anew.</summary>
    public Action Relist { get; set; } = static () => { };

    private bool IsUp => _unreachable == 0 && _stopped == 0;

    /// <summary>Starts the actors. They know nothing.</summary>
    public void Start()
    {
        var options = new ControlPlaneOptions { Mesh = mesh, Time = new VirtualTimeProvider(loop), FirstVersion = () => loop.Now / TimeSpan.TicksPerMillisecond };
        _controlPlane = system.ActorOf(ControlPlaneActor.Props(options), $"control-plane-{_started++}");
    }

    /// <summary>A proxy comes up.</summary>
    public void Connect(ProxyNode node, ProxyAgent agent)
    {
        var link = new ProxyLink(this, node, agent, network.PlaceOf(node.Id));
        _links.Add(node.Id, link);
        if (IsUp) Accept(link, link.Agent.Status.Version);
        else Lose(link, "the control plane does not answer");
    }

    /// <summary>Endpoints came or went.</summary>
    public void Observe(EndpointsObserved observation)
    {
        if (_stale > 0 || _stopped > 0) Withheld++;
        else Tell(observation);
    }

    /// <summary>The control plane cannot be reached, or can be again. It goes on meanwhile.</summary>
    public void SetReachable(bool reachable)
    {
        _unreachable += reachable ? -1 : 1;
        if (!reachable) BreakAll("the connection broke");
    }

    /// <summary>The control plane's process ends, with all that it knew.</summary>
    public void Stop()
    {
        if (_stopped++ > 0) return;
        BreakAll("the control plane's process ended");
        system.Stop(_controlPlane);
    }

    /// <summary>The control plane starts again and learns anew what there is.</summary>
    public void Restart()
    {
        if (--_stopped > 0) return;
        Start();
        if (_stale == 0) Relist();
    }

    /// <summary>The control plane hears of no change in the endpoints, or hears of them again.</summary>
    public void SetStale(bool stale)
    {
        _stale += stale ? 1 : -1;
        if (_stale == 0 && _stopped == 0) Relist();
    }

    internal void Push(ProxyLinkConnection connection, MeshSnapshot snapshot)
    {
        if (!connection.IsOpen) return;
        Pushes++;
        var link = connection.Link;
        long arrival = Starting ? loop.Now : PushDelay + Arrival(Home, link.Place, Key(link, snapshot), 0);
        loop.Schedule(new Step(() => Deliver(connection, snapshot), "push"), arrival);
    }

    internal void Keep(ProxyLinkConnection connection, IReadOnlyList<string> faults)
    {
        if (!connection.IsOpen) return;
        var link = connection.Link;
        loop.Schedule(new Step(() => { if (connection.IsOpen) link.Agent.KeepFaults([.. faults]); }, "faults in force"), Arrival(Home, link.Place, Key(link), 3));
    }

    internal void Break(ProxyLinkConnection connection, string why)
    {
        if (!connection.IsOpen) return;
        var link = connection.Link;
        link.Connection = null;
        Broken++;
        Tell(new ProxyDisconnected(link.Node.Id, connection));
        loop.Schedule(new Step(() => Lose(link, why), "broken connection"), Arrival(Home, link.Place, Key(link), 0));
    }

    internal void TryToConnect(ProxyLink link)
    {
        link.Tries++;
        long version = link.Agent.Status.Version;
        loop.Schedule(new Step(() => Knock(link, version), "connection"), Arrival(link.Place, Home, Key(link), 1));
    }

    private void Knock(ProxyLink link, long version)
    {
        long back = Arrival(Home, link.Place, Key(link), 2);
        if (IsUp)
        {
            var connection = Accept(link, version);
            loop.Schedule(new Step(() => { if (connection.IsOpen) link.Agent.Connected(loop.Now); }, "connection"), back);
        }
        else
        {
            loop.Schedule(new Step(() => Lose(link, "the control plane does not answer"), "refused connection"), back);
        }
    }

    private ProxyLinkConnection Accept(ProxyLink link, long version)
    {
        var connection = link.Connection = new ProxyLinkConnection(this, link);
        Tell(new ProxyConnected(link.Node, connection, version));
        return connection;
    }

    private void Deliver(ProxyLinkConnection connection, MeshSnapshot snapshot)
    {
        if (!connection.IsOpen) return;
        var link = connection.Link;
        link.Agent.Connected(loop.Now);
        var answer = link.Agent.Receive(snapshot);
        long arrival = Starting ? loop.Now : Arrival(link.Place, Home, Key(link, snapshot), 1);
        loop.Schedule(new Step(() => { if (connection.IsOpen) Tell(new SnapshotAnswered(link.Node.Id, connection, answer)); }, "answer to a push"), arrival);
    }

    private void Lose(ProxyLink link, string why) => loop.ScheduleAfter(link, link.Agent.Disconnected(loop.Now, why, random).Ticks);

    private void BreakAll(string why)
    {
        foreach (var link in _links.Values)
            if (link.Connection is { } connection) Break(connection, why);
    }

    private void Tell(object message) => _controlPlane.Tell(message, ActorRefs.NoSender);

    private ulong Key(ProxyLink link, MeshSnapshot snapshot) => random.ChildKey((ulong)link.Node.Id, (int)snapshot.Version, 0);

    private ulong Key(ProxyLink link) => random.ChildKey((ulong)link.Node.Id, link.Tries, Connecting);

    private long Arrival(NetworkPlace from, NetworkPlace to, ulong key, int message) => network.Send(from, to, loop.Now, 0, Concern.ControlPlane, key, message).First;

    private sealed class Step(Action action, string name) : SimEvent
    {
        public override string ToString() => name;

        protected internal override void Fire() => action();
    }
}
