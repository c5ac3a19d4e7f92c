using Akka.Actor;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Network;

/// <summary>
/// Snapshots and acknowledgements over the modelled network; the control plane stands in the first zone.
/// A sidecar is ready only once it has its first snapshot, so those of the start take no time.
/// </summary>
internal sealed class ControlChannel(EventLoop loop, VirtualNetwork network, KeyedRandom random) : ISnapshotChannel
{
    private static readonly NetworkPlace Home = new(0, NetworkPlace.ControlPlane, IsReplica: false);
    private readonly Dictionary<int, (ProxyAgent Agent, NetworkPlace Place)> _agents = [];

    /// <summary>The control plane, which acknowledgements go to.</summary>
    public IActorRef ControlPlane { get; set; } = ActorRefs.Nobody;

    /// <summary>Whether the world is still being set up.</summary>
    public bool Starting { get; set; } = true;

    public void Connect(int proxyId, ProxyAgent agent)
    {
        _agents.Add(proxyId, (agent, network.PlaceOf(proxyId)));
        ControlPlane.Tell(new ProxyConnected(proxyId), ActorRefs.NoSender);
    }

    public void Send(int proxyId, MeshSnapshot snapshot)
    {
        var place = _agents[proxyId].Place;
        loop.Schedule(new Delivery(this, proxyId, snapshot), Starting ? loop.Now : Arrival(Home, place, proxyId, snapshot.Version, 0));
    }

    private void Deliver(int proxyId, MeshSnapshot snapshot)
    {
        var (agent, place) = _agents[proxyId];
        var acknowledgement = agent.Receive(snapshot);
        loop.Schedule(new Acknowledgement(this, acknowledgement), Starting ? loop.Now : Arrival(place, Home, proxyId, snapshot.Version, 1));
    }

    private long Arrival(NetworkPlace from, NetworkPlace to, int proxyId, long version, int message) =>
        network.Send(from, to, loop.Now, 0, Concern.ControlPlane, random.ChildKey((ulong)proxyId, (int)version, 0), message).First;

    private sealed class Delivery(ControlChannel channel, int proxyId, MeshSnapshot snapshot) : SimEvent
    {
        protected internal override void Fire() => channel.Deliver(proxyId, snapshot);
    }

    private sealed class Acknowledgement(ControlChannel channel, SnapshotAcknowledged message) : SimEvent
    {
        protected internal override void Fire() => channel.ControlPlane.Tell(message, ActorRefs.NoSender);
    }
}
