using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Discovery.Files;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Tests.ControlPlane.Discovery.Etcd;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery;

/// <summary>The whole way, as the control plane's actor will go it: two providers, the queue, the rules.</summary>
public class DiscoveryPathTests
{
    [SkippableFact]
    public async Task A_source_that_dies_leaves_its_endpoints_in_the_mesh_marked_as_stale()
    {
        using var etcd = await new EtcdServer().StartAsync();
        using var folder = new TestFolder();
        File.WriteAllText(folder.File("services.yaml"), "services: {cart: [{address: 10.0.0.1:80, zone: a}], pay: [10.0.9.1:80]}");
        await etcd.Put("cart", "two", "10.0.0.2:80");
        await etcd.Put("cart", "one", "10.0.0.1:80");
        await etcd.Put("stock", "one", "10.0.8.1:80");

        var time = new LiveTime();
        var told = new SemaphoreSlim(0);
        var queue = new DiscoveryQueue(100, () => told.Release());
        var state = new DiscoveryState(new DiscoveryOptions { Precedence = ["file"], StaleAfter = TimeSpan.FromSeconds(0.5) }, new MeshDirectory());
        var services = new SortedDictionary<string, string>();
        async Task Until(Func<bool> fact)
        {
            var limit = DateTime.UtcNow + TimeSpan.FromSeconds(30);
            while (!fact())
            {
                Assert.True(DateTime.UtcNow < limit, string.Join("; ", services) + string.Join("; ", state.Providers));
                await told.WaitAsync(100);
                long now = time.GetTimestamp();
                var (observations, statuses) = queue.Take();
                foreach (var change in state.Apply(observations, statuses, now).Concat(state.Advance(now))) services[change.Service] = string.Join(' ', change.Endpoints.Select(endpoint => $"{endpoint.Address}{endpoint.Zone}").Order(StringComparer.Ordinal));
            }
        }

        await using var files = new ServiceFileProvider(new ServiceFileOptions { Path = folder.File("services.yaml") }, queue, time, new KeyedRandom(1));
        files.Start();
        await using var provider = new Mesh.Runtime.ControlPlane.Discovery.Etcd.EtcdProvider(etcd.Options, queue, time, new KeyedRandom(1));
        provider.Start();
        await Until(() => services.Count == 3 && state.Providers.All(status => status.State == ProviderState.Synced));
        Assert.Equal(("10.0.0.1:80a 10.0.0.2:80", "10.0.9.1:80", "10.0.8.1:80"), (services["cart"], services["pay"], services["stock"]));

        etcd.Kill();
        ServiceStatus Status(string service) => state.Status(time.GetTimestamp()).Single(status => status.Service == service);
        await Until(() => Status("stock").StaleSince is not null);
        Assert.Null(Status("cart").StaleSince);   // the file still speaks for it
        Assert.Equal(("10.0.0.1:80a 10.0.0.2:80", "10.0.8.1:80"), (services["cart"], services["stock"]));

        await etcd.StartAsync();
        await etcd.Put("stock", "two", "10.0.8.2:80");
        await Until(() => services["stock"] == "10.0.8.1:80 10.0.8.2:80" && Status("stock").StaleSince is null);
    }
}
