using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.ControlPlane;

public class SnapshotBuilderTests
{
    private static readonly MeshConfig Config = new()
    {
        Defaults = new PolicyConfig { Timeout = TimeSpan.FromSeconds(2) },
        Services = new Dictionary<string, PolicyConfig> { ["stock"] = new() { PerTryTimeout = TimeSpan.FromSeconds(1) } },
    };

    private static ServiceEndpoints Service(int id, string name, params int[] endpoints) =>
        new(id, name, [.. endpoints.Select(e => new Endpoint { Id = e, Name = $"{name}-{e}", Service = name })]);

    private static int[] Ids(MeshSnapshot snapshot, int service) => [.. snapshot.Find(service)!.Endpoints.Select(e => e.Id)];

    [Fact]
    public void Every_change_makes_the_next_version()
    {
        var builder = new SnapshotBuilder(Config);
        Assert.Same(MeshSnapshot.Empty, builder.Current);
        Assert.Equal(1, builder.Apply([Service(0, "cart", 1)]).Version);
        Assert.Equal(2, builder.Apply([Service(1, "stock", 2), Service(0, "cart", 3)]).Version);
        Assert.Equal(2, builder.Current.Version);
    }

    [Fact]
    public void Service_that_did_not_change_is_shared_between_versions()
    {
        var builder = new SnapshotBuilder(Config);
        var first = builder.Apply([Service(0, "cart", 1), Service(1, "stock", 2)]);
        var second = builder.Apply([Service(1, "stock", 2, 3)]);
        Assert.Same(first.Find(0), second.Find(0));
        Assert.Equal([2], Ids(first, 1));
        Assert.Equal([2, 3], Ids(second, 1));
        Assert.Same(first.Find(1)!.Policy, second.Find(1)!.Policy);
    }

    [Fact]
    public void Endpoints_stand_in_order_of_their_ids_and_may_be_none()
    {
        var builder = new SnapshotBuilder(Config);
        Assert.Equal([1, 5, 9], Ids(builder.Apply([Service(3, "cart", 9, 1, 5)]), 3));
        Assert.Empty(Ids(builder.Apply([Service(3, "cart")]), 3));
    }

    [Fact]
    public void Policy_is_the_service_s_own_over_the_defaults()
    {
        var snapshot = new SnapshotBuilder(Config).Apply([Service(0, "cart"), Service(1, "stock")]);
        Assert.Equal((TimeSpan.FromSeconds(2).Ticks, 0L), (snapshot.Find(0)!.Policy.Routes.Rest.Policy.Timeout, snapshot.Find(0)!.Policy.Routes.Rest.Policy.PerTryTimeout));
        Assert.Equal((TimeSpan.FromSeconds(2).Ticks, TimeSpan.FromSeconds(1).Ticks), (snapshot.Find(1)!.Policy.Routes.Rest.Policy.Timeout, snapshot.Find(1)!.Policy.Routes.Rest.Policy.PerTryTimeout));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(int.MaxValue)]
    public void Service_that_the_mesh_does_not_know_is_not_found(int id) =>
        Assert.Null(new SnapshotBuilder(Config).Apply([Service(0, "cart"), Service(2, "stock")]).Find(id));
}
