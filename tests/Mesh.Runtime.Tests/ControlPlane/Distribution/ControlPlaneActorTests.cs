using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Distribution;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.ControlPlane.Distribution;

public class ControlPlaneActorTests : TestKit
{
    private readonly IActorRef _plane;
    private readonly TestProbe _watcher;
    private long _version;

    public ControlPlaneActorTests()
        : base("akka.test.single-expect-default = 20s")
    {
        _plane = Start(new ControlPlaneOptions());
        _watcher = CreateTestProbe();
        TestConnection connection = null!;
        connection = new TestConnection(1000, _watcher) { OnSend = version => Acknowledge(connection, version) };
        _plane.Tell(new ProxyConnected(new ProxyNode(1000, "watcher", "shop", Subscription.All), connection, 0));
    }

    private static EndpointsObserved Observed(params int[] ids) => Observed(0, "cart", ids);

    private static EndpointsObserved Observed(int service, string name, params int[] ids) =>
        new([new ServiceEndpoints(service, name, [.. ids.Select(id => new Endpoint { Id = id, Name = $"{name}-{id}", Service = name })])]);

    /// <summary>Endpoints change, and distribution has heard of it: what a proxy that subscribes to everything is told says so.</summary>
    private void Observe(EndpointsObserved observed)
    {
        _plane.Tell(observed);
        _version++;
        _watcher.FishForMessage<Pushed>(pushed => pushed.Version == _version, TimeSpan.FromSeconds(20));
    }

    private IActorRef Start(ControlPlaneOptions options) =>
        Sys.ActorOf(ControlPlaneActor.Props(options with { OnRefused = problems => TestActor.Tell(new Refused(string.Join("; ", problems))) }));

    private TestConnection Connect(int id, Subscription? to = null, long version = 0)
    {
        var connection = new TestConnection(id, TestActor);
        _plane.Tell(new ProxyConnected(new ProxyNode(id, $"p{id}", "shop", to ?? Subscription.All), connection, version));
        return connection;
    }

    private void Acknowledge(TestConnection connection, long version, IActorRef? plane = null) =>
        (plane ?? _plane).Tell(new SnapshotAnswered(connection.Id, connection, new SnapshotAnswer(version, version, null)));

    private void Expect(params (int Proxy, long Version)[] sent)
    {
        foreach (var (proxy, version) in sent) ExpectMsg(new Pushed(proxy, version));
    }

    /// <summary>Everything told so far has been dealt with once a proxy that connects now has its snapshot.</summary>
    private void ExpectNothingElse(long version)
    {
        Connect(999);
        Expect((999, version));
    }

    [Fact]
    public void Proxy_that_connects_is_told_the_newest_snapshot()
    {
        Observe(Observed(1));
        Observe(Observed(1, 2));
        Connect(7);
        Expect((7, 2));
    }

    [Fact]
    public void Proxy_that_works_by_the_newest_version_already_is_told_nothing()
    {
        Observe(Observed(1));
        Connect(7, version: 1);
        ExpectNothingElse(1);
    }

    [Fact]
    public void Proxy_that_connects_to_an_empty_mesh_is_told_once_there_is_something()
    {
        Connect(7);
        Observe(Observed(1));
        Expect((7, 1));
    }

    [Fact]
    public void Change_to_a_service_is_told_only_to_proxies_that_subscribe_to_it()
    {
        Observe(Observed(0, "cart", 1));
        Observe(Observed(1, "stock", 2));
        var cart = Connect(5, Subscription.To([0]));
        Expect((5, 1));
        Acknowledge(cart, 1);
        Connect(6, Subscription.To([1]));
        Expect((6, 2));
        Observe(Observed(0, "cart", 1, 3));
        Expect((5, 3));
        ExpectNothingElse(3);
    }

    [Fact]
    public void Proxy_has_one_push_on_its_way_and_of_those_that_wait_gets_the_newest()
    {
        var slow = Connect(7);
        for (int i = 1; i <= 50; i++) _plane.Tell(Observed([.. Enumerable.Range(0, i)]));
        _watcher.FishForMessage<Pushed>(pushed => pushed.Version == 50, TimeSpan.FromSeconds(20));
        Expect((7, 1));
        Acknowledge(slow, 40);   // an answer to nothing
        Acknowledge(slow, 1);
        Expect((7, 50));
        Acknowledge(slow, 50);
        ExpectNothingElse(50);
    }

    [Fact]
    public void Slow_proxy_holds_up_nobody_else()
    {
        Connect(7);
        var quick = Connect(8);
        Observe(Observed(1));
        ExpectMsgAllOf(TimeSpan.FromSeconds(20), new Pushed(7, 1), new Pushed(8, 1));
        Acknowledge(quick, 1);
        Observe(Observed(1, 2));
        Expect((8, 2));
    }

    [Fact]
    public void Rejected_version_is_told_with_its_reason_and_the_next_change_is_pushed()
    {
        Observe(Observed(1));
        var proxy = Connect(7);
        Expect((7, 1));
        _plane.Tell(new SnapshotAnswered(7, proxy, new SnapshotAnswer(1, 0, "I cannot work by this")));
        Assert.Contains("p7 rejects version 1: I cannot work by this", ExpectMsg<Refused>().Why);
        Observe(Observed(1, 2));
        Expect((7, 2));
    }

    [Fact]
    public void Refused_change_is_told_and_nobody_is_pushed_anything()
    {
        Observe(Observed(1));
        Connect(7, version: 1);
        _plane.Tell(new ConfigurationChanged(new MeshConfig { Defaults = new PolicyConfig { PanicThreshold = 3 } }));
        Assert.Contains("panic threshold", ExpectMsg<Refused>().Why);
        ExpectNothingElse(1);
    }

    [Fact]
    public void Second_connection_of_a_proxy_ends_the_first_whose_answers_no_longer_count()
    {
        Observe(Observed(1));
        var first = Connect(7);
        Expect((7, 1));
        Connect(7);
        ExpectMsgAllOf<object>(TimeSpan.FromSeconds(20), new Closed(7), new Pushed(7, 1));
        Acknowledge(first, 1);
        Observe(Observed(1, 2));
        ExpectNothingElse(2);   // the second has not answered version 1
    }

    [Fact]
    public void Proxy_that_disconnected_is_told_nothing_more()
    {
        var proxy = Connect(7);
        _plane.Tell(new ProxyDisconnected(7, proxy));
        ExpectMsg(new Closed(7));
        Observe(Observed(1));
        ExpectNothingElse(1);
    }

    [Fact]
    public void Connection_that_fails_ends_alone()
    {
        var broken = Connect(7);
        broken.Fails = true;
        var whole = Connect(8);
        Observe(Observed(1));
        ExpectMsgAllOf<object>(TimeSpan.FromSeconds(20), new Closed(7), new Pushed(8, 1));
        Acknowledge(whole, 1);
        Observe(Observed(1, 2));
        Expect((8, 2));
    }

    [Fact]
    public void Distribution_that_fails_is_restarted_with_all_endpoints_and_all_proxies_come_back()
    {
        var plane = Start(new ControlPlaneOptions { FirstVersion = new Queue<long>([0, 100]).Dequeue });
        plane.Tell(Observed(1));
        var before = new TestConnection(7, TestActor);
        plane.Tell(new ProxyConnected(new ProxyNode(7, "p7", "shop", Subscription.All), before, 0));
        Expect((7, 1));
        plane.Tell(new ProxyConnected(null!, before, 0));   // what no host sends
        ExpectMsg(new Closed(7));
        plane.Tell(new ProxyConnected(new ProxyNode(7, "p7", "shop", Subscription.All), new TestConnection(7, TestActor), 1));
        Expect((7, 101));
    }

    [Fact]
    public void What_discovery_reports_reaches_the_proxies()
    {
        var directory = new MeshDirectory();
        IActorRef plane = ActorRefs.Nobody;
        var queue = new DiscoveryQueue(10, () => plane.Tell(DiscoveryAvailable.Instance));
        plane = Start(new ControlPlaneOptions { Discovery = new DiscoveryState(new DiscoveryOptions(), directory), Queue = queue });
        plane.Tell(new ProxyConnected(new ProxyNode(7, "p7", "shop", Subscription.All), new TestConnection(7, TestActor), 0));
        queue.Observed(new ServiceObservation
        {
            Source = "file", Service = "cart", TakenAt = 0, ValidFor = Timeout.InfiniteTimeSpan,
            Endpoints = [new ObservedEndpoint { Address = new EndpointAddress("127.0.0.1", 80) }],
        });
        Expect((7, 1));
        Assert.Equal("cart", directory.Services[0]);
    }

    [Fact]
    public void Fault_is_told_only_to_proxies_that_subscribe_to_its_service()
    {
        Observe(Observed(0, "cart", 1));
        Observe(Observed(1, "stock", 2));
        var cart = Connect(5, Subscription.To([0]));
        Expect((5, 1));
        Acknowledge(cart, 1);
        var stock = Connect(6, Subscription.To([1]));
        Expect((6, 2));
        Acknowledge(stock, 2);
        _plane.Tell(new InjectFault(FaultLeasesTests.Order("slow") with { Service = "cart" }, TimeSpan.FromMinutes(5), _ => { }));
        Expect((5, 3));
        Acknowledge(cart, 3);
        _plane.Tell(new EndFault("slow", "enough"));
        Expect((5, 4));
        ExpectNothingElse(4);
    }

    [Fact]
    public void Distribution_that_is_restarted_goes_on_with_the_policy_and_the_faults_of_its_earlier_life()
    {
        var plane = Start(new ControlPlaneOptions());
        plane.Tell(Observed(1));
        plane.Tell(new ConfigurationChanged(new MeshConfig { Defaults = new PolicyConfig { Timeout = TimeSpan.FromSeconds(7) } }));
        plane.Tell(new InjectFault(FaultLeasesTests.Order("slow") with { Service = "cart" }, TimeSpan.FromMinutes(5), _ => { }));
        plane.Tell(new ProxyConnected(null!, new TestConnection(7, TestActor), 0));   // what no host sends
        var connection = new TestConnection(7, TestActor);
        plane.Tell(new ProxyConnected(new ProxyNode(7, "p7", "shop", Subscription.All), connection, 0));
        AwaitAssert(() =>
        {
            Acknowledge(connection, connection.Sent?.Version ?? 0, plane);
            var cart = connection.Sent?.Find(0);
            Assert.Equal((TimeSpan.FromSeconds(7), "slow"), (cart?.Policy.Config.Timeout, cart?.Faults.SingleOrDefault()?.Fault.Id));
        }, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Proxy_of_an_earlier_control_plane_is_left_alone_until_endpoints_have_had_time_to_be_heard_of()
    {
        var plane = Start(new ControlPlaneOptions { SettleTime = TimeSpan.FromSeconds(1) });
        plane.Tell(Observed(1));
        plane.Tell(new ProxyConnected(new ProxyNode(7, "p7", "shop", Subscription.All), new TestConnection(7, TestActor), 900));
        plane.Tell(new ProxyConnected(new ProxyNode(8, "p8", "shop", Subscription.All), new TestConnection(8, TestActor), 0));
        Assert.Equal(8, FishForMessage<Pushed>(_ => true).Proxy);   // it has nothing, and waits for nobody
        Assert.Equal(7, FishForMessage<Pushed>(_ => true).Proxy);
    }

    [Fact]
    public void Proxy_that_is_left_alone_hears_which_faults_are_over()
    {
        var faults = CreateTestProbe();
        var plane = Start(new ControlPlaneOptions { SettleTime = TimeSpan.FromMinutes(10), OnFaults = faults.Ref.Tell });
        Inject(plane, "slow");
        Inject(plane, "lost");
        faults.FishForMessage<FaultsChanged>(changed => changed.InForce.Count == 2);   // and distribution has it before
        plane.Tell(new ProxyConnected(new ProxyNode(7, "p7", "shop", Subscription.All), new TestConnection(7, TestActor), 900));
        Assert.Equal("lost slow", ExpectMsg<Kept>().Faults);
        plane.Tell(new EndFault("slow", "enough"));
        Assert.Equal("lost", ExpectMsg<Kept>().Faults);
        plane.Tell(new EndFault(null, "enough"));
        Assert.Equal("", ExpectMsg<Kept>().Faults);
    }

    private static void Inject(IActorRef plane, string id) => plane.Tell(new InjectFault(
        new FaultOrder(id, new FaultConfig { Name = id, Abort = new FaultAbort { Status = 418 } }, "cart", null, null, "ann"), TimeSpan.FromMinutes(10), answer => Assert.Empty(answer.Problems)));

    [Fact]
    public void Proxy_that_starts_from_its_disk_is_sent_even_the_version_that_it_has()
    {
        Observe(Observed(1));
        _plane.Tell(new ProxyConnected(new ProxyNode(7, "p7", "shop", Subscription.All), new TestConnection(7, TestActor), 1, MustResend: true));
        Expect((7, 1));
    }

    [Fact]
    public void Control_plane_tells_how_each_proxy_stands()
    {
        var standings = CreateTestProbe();
        var plane = Start(new ControlPlaneOptions { OnProxy = standings.Ref.Tell });
        plane.Tell(Observed(1));
        var connection = new TestConnection(7, TestActor);
        plane.Tell(new ProxyConnected(new ProxyNode(7, "p7", "shop", Subscription.All), connection, 0));
        standings.FishForMessage<ProxyStanding>(proxy => proxy is { Name: "p7", IsConnected: true, InForce: 0, BehindSince: > 0 }, TimeSpan.FromSeconds(20));
        plane.Tell(new SnapshotAnswered(7, connection, new SnapshotAnswer(1, 1, null)));
        standings.FishForMessage<ProxyStanding>(proxy => proxy is { IsConnected: true, InForce: 1, BehindSince: 0 }, TimeSpan.FromSeconds(20));
        plane.Tell(new ProxyDisconnected(7, connection));
        standings.FishForMessage<ProxyStanding>(proxy => proxy is { IsConnected: false, InForce: 1 }, TimeSpan.FromSeconds(20));
    }

    private sealed record Pushed(int Proxy, long Version);

    private sealed record Kept(int Proxy, string Faults);

    private sealed record Closed(int Proxy);

    private sealed record Refused(string Why);

    /// <summary>What is sent to proxies comes to the test's mailbox.</summary>
    private sealed class TestConnection(int id, IActorRef test) : IProxyConnection
    {
        public int Id => id;

        public bool Fails { get; set; }

        public MeshSnapshot? Sent { get; private set; }

        public Action<long> OnSend { get; init; } = _ => { };

        public void Send(MeshSnapshot snapshot)
        {
            if (Fails) throw new InvalidOperationException("the stream is broken");
            Sent = snapshot;
            test.Tell(new Pushed(id, snapshot.Version));
            OnSend(snapshot.Version);
        }

        public void Keep(IReadOnlyList<string> faults) => test.Tell(new Kept(id, string.Join(' ', faults.Order())));

        public void Close() => test.Tell(new Closed(id));
    }
}
