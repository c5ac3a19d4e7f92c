using CsCheck;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.ControlPlane;

public class ReconcilerTests
{
    private static readonly MeshConfig Config = new()
    {
        Defaults = new PolicyConfig { Timeout = TimeSpan.FromSeconds(2) },
        Services = new Dictionary<string, PolicyConfig> { ["stock"] = new() { PerTryTimeout = TimeSpan.FromSeconds(1) } },
    };

    private static ServiceEndpoints Service(int id, string name, params int[] endpoints) =>
        new(id, name, [.. endpoints.Select(e => new Endpoint { Id = e, Name = $"{name}-{e}", Service = name })]);

    private static int[] Ids(MeshSnapshot snapshot, int service) => [.. snapshot.Find(service)!.Endpoints.Select(e => e.Id)];

    private static MeshSnapshot After(Reconciler reconciler, params ServiceEndpoints[] changes)
    {
        Assert.Empty(reconciler.Observe(changes).Problems);
        return reconciler.SnapshotFor(Subscription.All);
    }

    [Fact]
    public void Every_change_makes_the_next_version_and_what_says_nothing_new_makes_none()
    {
        var reconciler = new Reconciler(Config);
        Assert.Same(MeshSnapshot.Empty, reconciler.SnapshotFor(Subscription.All));
        Assert.Equal(1, After(reconciler, Service(0, "cart", 1)).Version);
        Assert.Equal(2, After(reconciler, Service(1, "stock", 2), Service(0, "cart", 3)).Version);
        Assert.Equal(2, After(reconciler, Service(1, "stock", 2)).Version);
        Assert.Equal(1_001, After(new Reconciler(Config, 1_000), Service(0, "cart", 1)).Version);
    }

    [Fact]
    public void Service_that_did_not_change_is_shared_between_versions()
    {
        var reconciler = new Reconciler(Config);
        var first = After(reconciler, Service(0, "cart", 1), Service(1, "stock", 2));
        var second = After(reconciler, Service(1, "stock", 2, 3));
        Assert.Same(first.Find(0), second.Find(0));
        Assert.Equal([2], Ids(first, 1));
        Assert.Equal([2, 3], Ids(second, 1));
        Assert.Same(first.Find(1)!.Policy, second.Find(1)!.Policy);
    }

    [Fact]
    public void Endpoints_stand_in_order_of_their_ids_and_may_be_none()
    {
        var reconciler = new Reconciler(Config);
        Assert.Equal([1, 5, 9], Ids(After(reconciler, Service(3, "cart", 9, 1, 5)), 3));
        Assert.Empty(Ids(After(reconciler, Service(3, "cart")), 3));
    }

    [Fact]
    public void Fault_makes_a_version_of_its_service_only_stays_through_other_changes_and_ends_with_its_lease()
    {
        var reconciler = new Reconciler(Config);
        After(reconciler, Service(0, "cart", 1), Service(1, "stock", 2));
        var fault = new LeasedFault(FaultLeasesTests.Order("slow"), TimeSpan.FromSeconds(9), 0, 90);
        Assert.Equal([0], reconciler.Afflict([fault]).Changed);
        Assert.Equal((2, 1), (reconciler.SnapshotFor(Subscription.To([0])).Version, reconciler.SnapshotFor(Subscription.To([1])).Version));
        Assert.Empty(reconciler.Afflict([fault]).Changed);

        Assert.Same(fault, After(reconciler, Service(0, "cart", 1, 3)).Find(0)!.Faults.Single());
        reconciler.Configure(Config with { Defaults = new PolicyConfig { Timeout = TimeSpan.FromSeconds(9) } });
        Assert.Same(fault, reconciler.SnapshotFor(Subscription.All).Find(0)!.Faults.Single());

        var renewed = fault with { Ends = 180 };
        Assert.Equal([0], reconciler.Afflict([renewed]).Changed);
        Assert.Equal([0], reconciler.Afflict([]).Changed);
        Assert.Empty(reconciler.SnapshotFor(Subscription.All).Find(0)!.Faults);
    }

    [Fact]
    public void Fault_of_a_service_that_nobody_knows_yet_waits_for_it()
    {
        var reconciler = new Reconciler(Config);
        Assert.Empty(reconciler.Afflict([new LeasedFault(FaultLeasesTests.Order("slow"), TimeSpan.FromSeconds(9), 0, 90)]).Changed);
        Assert.Equal("slow", After(reconciler, Service(0, "cart", 1)).Find(0)!.Faults.Single().Fault.Id);
    }

    [Fact]
    public void Fault_that_no_proxy_could_work_by_is_refused_with_its_reason()
    {
        var order = FaultLeasesTests.Order("slow");
        var wrong = order with { Version = "v2", Fault = order.Fault with { Site = FaultSite.Request, Percent = 2 } };
        var refused = new Reconciler(Config).Afflict([new LeasedFault(wrong, TimeSpan.FromSeconds(9), 0, 90)]).Problems;
        Assert.Contains("site 'request'", refused[0]);
        Assert.Contains("2 is no share", refused[1]);
    }

    [Fact]
    public void Policy_is_the_service_s_own_over_the_defaults()
    {
        var snapshot = After(new Reconciler(Config), Service(0, "cart"), Service(1, "stock"));
        Assert.Equal((TimeSpan.FromSeconds(2), null), (snapshot.Find(0)!.Policy.Config.Timeout, snapshot.Find(0)!.Policy.Config.PerTryTimeout));
        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)), (snapshot.Find(1)!.Policy.Config.Timeout, snapshot.Find(1)!.Policy.Config.PerTryTimeout));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public void Service_that_the_mesh_does_not_know_is_not_found(int id) =>
        Assert.Null(After(new Reconciler(Config), Service(0, "cart"), Service(2, "stock")).Find(id));

    [Fact]
    public void Policy_that_changes_for_one_service_concerns_only_those_who_call_it()
    {
        var reconciler = new Reconciler(Config);
        After(reconciler, Service(0, "cart", 1), Service(1, "stock", 2));
        var change = reconciler.Configure(Config with { Services = new Dictionary<string, PolicyConfig> { ["stock"] = new() { PerTryTimeout = TimeSpan.FromSeconds(3) } } });
        Assert.Equal([1], change.Changed);
        Assert.Equal((1, 2), (reconciler.SnapshotFor(Subscription.To([0])).Version, reconciler.SnapshotFor(Subscription.To([1])).Version));
        Assert.Equal(TimeSpan.FromSeconds(3), reconciler.SnapshotFor(Subscription.To([1])).Find(1)!.Policy.Config.PerTryTimeout);
    }

    [Fact]
    public void Bad_policy_is_rejected_whole_with_every_reason_and_the_last_good_one_stays()
    {
        var reconciler = new Reconciler(Config);
        var good = After(reconciler, Service(0, "cart", 1), Service(1, "stock", 2));
        var change = reconciler.Configure(new MeshConfig
        {
            Defaults = new PolicyConfig { Timeout = TimeSpan.FromSeconds(9) },
            Services = new Dictionary<string, PolicyConfig> { ["stock"] = new() { PanicThreshold = 2, Retries = new RetryConfig { Attempts = -1 } }, ["unseen"] = new() { IdleTimeout = TimeSpan.FromSeconds(-1) } },
        });
        Assert.Empty(change.Changed);
        Assert.Equal(3, change.Problems.Count);
        Assert.All(change.Problems, problem => Assert.Matches("'stock'|'unseen'", problem));
        Assert.Same(good, reconciler.SnapshotFor(Subscription.All));
        Assert.Same(Config, reconciler.Config);
    }

    [Fact]
    public void Bad_endpoints_take_the_good_ones_of_the_same_change_with_them()
    {
        var reconciler = new Reconciler(Config);
        var good = After(reconciler, Service(0, "cart", 1));
        var weightless = new ServiceEndpoints(1, "stock", [new Endpoint { Id = 7, Name = "stock-7", Service = "stock", Weight = 0 }]);
        var change = reconciler.Observe([Service(0, "cart", 1, 2), weightless]);
        Assert.Contains("stock-7", Assert.Single(change.Problems));
        Assert.Same(good, reconciler.SnapshotFor(Subscription.All));
        Assert.Contains("ids are unique", Assert.Single(reconciler.Observe([Service(0, "cart", 4, 4)]).Problems));
    }

    /// <summary>Whatever comes in whatever order: a proxy knows of its services what was said last, is told when and only when one of them changed, and its version never goes back.</summary>
    [Fact]
    public void Proxies_are_told_of_exactly_the_changes_to_their_services()
    {
        var change = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 9].HashSet[0, 4]);
        Gen.Select(Gen.Int[0, 5].HashSet[0, 6], change.List[1, 3].List[1, 20]).Sample((subscribed, batches) =>
        {
            var reconciler = new Reconciler(new MeshConfig());
            var subscription = Subscription.To(subscribed);
            var said = new Dictionary<int, int[]>();
            foreach (var batch in batches)
            {
                var before = reconciler.SnapshotFor(subscription);
                var latest = new Dictionary<int, int[]>(said);
                foreach (var (service, endpoints) in batch) latest[service] = [.. endpoints.Order()];
                bool news = latest.Any(one => subscribed.Contains(one.Key) && !(said.TryGetValue(one.Key, out int[]? known) && known.SequenceEqual(one.Value)));
                var result = reconciler.Observe(batch.Select(one => Service(one.Item1, $"s{one.Item1}", [.. one.Item2])));
                var after = reconciler.SnapshotFor(subscription);
                // A change and its contrary in one batch may be told; what is not new across batches is not.
                if (news) Assert.True(result.Concerns(subscription) && after.Version > before.Version);
                if (!result.Concerns(subscription)) Assert.Same(before, after);
                foreach (var (service, endpoints) in latest)
                    if (subscribed.Contains(service)) Assert.Equal(endpoints, Ids(after, service));
                    else Assert.Null(after.Find(service));
                said = latest;
            }
        });
    }
}
