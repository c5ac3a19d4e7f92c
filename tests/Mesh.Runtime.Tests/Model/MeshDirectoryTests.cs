using Mesh.Runtime.Model;
using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Tests.Model;

public class MeshDirectoryTests
{
    private readonly MeshDirectory _directory = new();

    [Fact]
    public void Class_of_a_path_is_added_once()
    {
        var pay = _directory.AddClass("payments", "/pay");
        Assert.Same(pay, _directory.AddClass("payments", "/pay"));
        Assert.Equal((0, 0, "payments", "/pay"), (pay.Id, pay.ServiceId, pay.Service, pay.Path));
        Assert.Equal(1, _directory.AddClass("cart", "/pay").Id);
        Assert.Equal(["payments", "cart"], _directory.Services);
    }

    [Fact]
    public void Closed_set_keeps_its_classes_and_counts_every_other_path_as_one()
    {
        var pay = _directory.AddClass("payments", "/pay");
        _directory.CloseClasses();
        Assert.Same(pay, _directory.AddClass("payments", "/pay"));

        var one = _directory.AddClass("payments", "/refunds/17");
        var other = _directory.AddClass("payments", "/refunds/18");
        Assert.Equal(("/refunds/17", "/refunds/18"), (one.Path, other.Path));
        Assert.Equal((1, 1), (one.Id, other.Id));
        Assert.Equal(["/pay", MeshDirectory.AnyPath], _directory.Classes.Select(known => known.Path));
        Assert.Equal("payments", _directory.Classes[one.Id].Service);
    }

    [Fact]
    public void Closed_set_does_not_grow_by_services_that_nobody_has_added()
    {
        _directory.CloseClasses();
        var stranger = _directory.AddClass("no-such-service", "/");
        Assert.Equal((-1, -1, "no-such-service", "/"), (stranger.Id, stranger.ServiceId, stranger.Service, stranger.Path));
        Assert.Empty(_directory.Services);
        Assert.Empty(_directory.Classes);

        _directory.AddService("late");   // by the control plane
        Assert.Equal((0, 0), (_directory.AddClass("late", "/a").Id, _directory.AddClass("late", "/b").Id));
    }

    [Fact]
    public void Rewritten_and_mirrored_paths_go_the_same_way()
    {
        _directory.AddService("payments");
        _directory.AddService("shadow");
        _directory.CloseClasses();
        var route = RouteTable.From(new PolicyConfig
        {
            Routes = [new RouteConfig { Match = [new RouteMatchConfig { Path = new PathMatch(PathMatchKind.Prefix, "/v1") }], Rewrite = new RewriteConfig { Prefix = "/v2" } }],
        }).Routes.Single();

        var rewritten = route.Rewritten(_directory.AddClass("payments", "/v1/pay/7"), _directory);
        Assert.Equal("/v2/pay/7", rewritten.Path);
        Assert.Equal(MeshDirectory.AnyPath, _directory.Classes[rewritten.Id].Path);
        var copy = RouteModel.Mirrored(rewritten, new MirrorConfig { To = "shadow" }, _directory);
        Assert.Equal(("shadow", "/v2/pay/7"), (copy.Service, copy.Path));
        Assert.Equal(("shadow", MeshDirectory.AnyPath), (_directory.Classes[copy.Id].Service, _directory.Classes[copy.Id].Path));
        Assert.Equal(2, _directory.Classes.Count);
    }

    [Fact]
    public void Endpoint_that_comes_back_has_its_id_again()
    {
        var first = Discover("10.0.0.1");
        Discover("10.0.0.2");
        _directory.EndpointLeft(Key("10.0.0.1"));
        Assert.Same(first, _directory.Endpoints[first.Id]);   // an old event can still be named
        Assert.Equal(2, Discover("10.0.0.3").Id);
        Assert.Equal(first.Id, Discover("10.0.0.1").Id);
        Assert.Equal(3, _directory.Endpoints.Count);
    }

    [Fact]
    public void Ids_stay_bounded_though_endpoints_come_and_go_for_ever()
    {
        var stays = Discover("10.0.0.1");
        for (int i = 0; i < 3 * EndpointIds.MaxGone; i++)
        {
            string host = $"pod-{i}";
            Assert.Equal(host, _directory.Endpoints[Discover(host).Id].Name);
            _directory.EndpointLeft(Key(host));
        }
        Assert.InRange(_directory.Endpoints.Count, EndpointIds.MaxGone, EndpointIds.MaxGone + 1);
        Assert.Same(stays, _directory.Endpoints[stays.Id]);
        var named = _directory.Endpoints.Select(endpoint => endpoint.Name).ToHashSet();
        Assert.Contains($"pod-{(2 * EndpointIds.MaxGone) + 100}", named);   // the latest are named
        Assert.DoesNotContain("pod-1", named);
    }

    private static EndpointKey Key(string host) => new("payments", new EndpointAddress(host, 80), "");

    private Endpoint Discover(string host) => _directory.AddEndpoint(Key(host), id => new Endpoint { Id = id, Name = host, Service = "payments" });

    /// <summary>Whoever has seen an id finds its name, while writers add further ones.</summary>
    [Fact]
    public async Task Readers_find_every_id_that_they_have_seen_while_it_grows()
    {
        const int each = 2000;
        var writers = Enumerable.Range(0, 3).Select(writer => Task.Run(() =>
        {
            for (int i = 0; i < each; i++)
            {
                string service = $"s{i % 50}";
                var added = _directory.AddClass(service, $"/{writer % 2}/{i}");
                Assert.Equal((service, added.Path), (_directory.Services[added.ServiceId], _directory.Classes[added.Id].Path));
                int proxy = _directory.AddProxy($"{writer}/{i}", service, "");
                Assert.Equal($"{writer}/{i}", _directory.Proxies[proxy].Name);
                var endpoint = _directory.AddEndpoint(id => new Endpoint { Id = id, Name = $"{writer}/{i}", Service = service });
                Assert.Same(endpoint, _directory.Endpoints[endpoint.Id]);
            }
        })).ToArray();
        var reader = Task.Run(() =>
        {
            while (!Array.TrueForAll(writers, writer => writer.IsCompleted))
            {
                Assert.All(_directory.Endpoints, endpoint => Assert.NotNull(endpoint));
                Assert.All(_directory.Classes, known => Assert.Same(known, _directory.Classes[known.Id]));
                Assert.True(_directory.FindService("s0") is 0 or -1 or < 50);
            }
        });
        await Task.WhenAll([.. writers, reader]);
        Assert.Equal((50, 3 * each, 3 * each), (_directory.Services.Count, _directory.Proxies.Count, _directory.Endpoints.Count));
        Assert.Equal(2 * each, _directory.Classes.Select(known => (known.Service, known.Path)).Distinct().Count());
        Assert.Equal(2 * each, _directory.Classes.Count);
        Assert.Equal(Enumerable.Range(0, 2 * each), _directory.Classes.Select(known => known.Id));
    }
}
