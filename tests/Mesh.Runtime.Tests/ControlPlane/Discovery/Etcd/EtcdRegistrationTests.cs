using Etcdserverpb;
using Google.Protobuf;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Discovery.Etcd;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Etcd;

/// <summary>Against the real etcd.</summary>
public class EtcdRegistrationTests
{
    private static readonly ObservedEndpoint Endpoint = new()
    {
        Address = new("10.0.0.1", 8080), Weight = 3, Zone = "a", Version = "v2", Identity = "spiffe://mesh/ns/shop/sa/cart", Readiness = EndpointReadiness.Ready, Labels = [new("tier", "gold")],
    };

    [SkippableFact]
    public async Task An_instance_is_there_as_long_as_it_lives_and_longer_than_its_lease()
    {
        using var etcd = await new EtcdServer().StartAsync();
        var seen = new Observations();
        await using var provider = EtcdProviderTests.Start(etcd, seen);
        var registration = Register(etcd);
        await registration.Registered;
        await seen.Until("cart", "10.0.0.1:8080");
        var told = Assert.Single(seen.Find("cart")!.Endpoints);
        Assert.Equivalent(Endpoint with { Name = "one" }, told);

        await Task.Delay(TimeSpan.FromSeconds(7));   // more than twice the lease
        Assert.Equal("10.0.0.1:8080", seen.Addresses("cart"));
        Assert.All(seen.All, observation => Assert.Single(observation.Endpoints));
        await registration.DisposeAsync();
        await seen.Until("cart", "");
    }

    [SkippableFact]
    public async Task An_instance_that_has_lost_its_lease_or_its_etcd_registers_anew()
    {
        using var etcd = await new EtcdServer().StartAsync();
        var seen = new Observations();
        await using var provider = EtcdProviderTests.Start(etcd, seen);
        await using var registration = Register(etcd);
        await seen.Until("cart", "10.0.0.1:8080");

        var leases = await etcd.Leases.LeaseLeasesAsync(new LeaseLeasesRequest());
        await etcd.Leases.LeaseRevokeAsync(new LeaseRevokeRequest { ID = Assert.Single(leases.Leases).ID });
        await seen.Until("cart", "");
        await seen.Until("cart", "10.0.0.1:8080");

        etcd.Kill();
        etcd.LoseData();
        await etcd.StartAsync();
        await seen.Until(() => Has(etcd).GetAwaiter().GetResult());
        await seen.Until("cart", "10.0.0.1:8080");
    }

    [Theory]
    [InlineData("", "one")]
    [InlineData("cart", "")]
    [InlineData("a/b", "one")]
    public void Names_that_make_no_key_are_refused(string service, string instance) =>
        Assert.Throws<ArgumentException>(() => new EtcdRegistration(new EtcdOptions(), service, instance, Endpoint, TimeSpan.FromSeconds(5), TimeProvider.System, new KeyedRandom(1)));

    private static async Task<bool> Has(EtcdServer etcd) => (await etcd.Values.RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8("/meshlab/services/cart/one") })).Count == 1;

    private static EtcdRegistration Register(EtcdServer etcd)
    {
        var options = etcd.Options with { Reconnect = new ReconnectOptions { Max = TimeSpan.FromSeconds(0.5) } };
        var registration = new EtcdRegistration(options, "cart", "one", Endpoint, TimeSpan.FromSeconds(3), TimeProvider.System, new KeyedRandom(2));
        registration.Start();
        return registration;
    }
}
