using Akka.Actor;
using Akka.TestKit.Xunit2;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.ControlPlane;

public class DistributionActorTests : TestKit, ISnapshotChannel
{
    private readonly IActorRef _actor;

    public DistributionActorTests() => _actor = Sys.ActorOf(DistributionActor.Props(new MeshConfig(), this));

    /// <summary>What is sent to proxies comes to the test's mailbox, in order.</summary>
    void ISnapshotChannel.Send(int proxyId, MeshSnapshot snapshot) => TestActor.Tell((proxyId, snapshot.Version));

    private static EndpointsObserved Observed(params int[] ids) =>
        new([new ServiceEndpoints(0, "cart", [.. ids.Select(id => new Endpoint { Id = id, Name = $"cart-{id}", Service = "cart" })])]);

    private void Expect(params (int Proxy, long Version)[] sent)
    {
        foreach (var one in sent) ExpectMsg(one);
    }

    [Fact]
    public void Proxy_that_connects_is_told_the_newest_snapshot()
    {
        _actor.Tell(Observed(1));
        _actor.Tell(Observed(1, 2));
        _actor.Tell(new ProxyConnected(7));
        Expect((7, 2));
    }

    [Fact]
    public void Proxy_that_connects_to_an_empty_mesh_is_told_once_there_is_something()
    {
        _actor.Tell(new ProxyConnected(7));
        _actor.Tell(Observed(1));
        Expect((7, 1));
    }

    [Fact]
    public void Every_change_is_told_to_every_proxy_in_order_of_their_ids()
    {
        foreach (int proxy in new[] { 5, 2, 9 }) _actor.Tell(new ProxyConnected(proxy));
        _actor.Tell(Observed(1));
        _actor.Tell(Observed(2));
        Expect((2, 1), (5, 1), (9, 1), (2, 2), (5, 2), (9, 2));
    }

    [Fact]
    public void Proxy_that_connects_again_is_told_again()
    {
        _actor.Tell(Observed(1));
        _actor.Tell(new ProxyConnected(7));
        _actor.Tell(new SnapshotAcknowledged(7, 1));
        _actor.Tell(new ProxyConnected(7));
        Expect((7, 1), (7, 1));
    }

    /// <summary>A failing actor is restarted with an empty mesh at version 0, and would tell proxies versions that they have passed.</summary>
    [Fact]
    public void Acknowledgement_of_a_proxy_that_never_connected_costs_nothing()
    {
        _actor.Tell(Observed(1));
        _actor.Tell(new SnapshotAcknowledged(99, 1));
        _actor.Tell(new ProxyConnected(7));
        Expect((7, 1));
    }
}
