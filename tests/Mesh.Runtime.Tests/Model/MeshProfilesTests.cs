using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.Model;

public class MeshProfilesTests
{
    /// <summary>The table of presets: algorithm, retries, retries in flight, requests, time-out in s, connect time-out in s, outlier detection, panic threshold.</summary>
    [Theory]
    [InlineData(MeshProfile.Envoy, LoadBalancerAlgorithm.RoundRobin, 0, 3, 1024, 15, 5, false, 0.5)]
    [InlineData(MeshProfile.Istio, LoadBalancerAlgorithm.LeastRequest, 2, null, null, 0, 10, false, 0.5)]
    [InlineData(MeshProfile.Linkerd, LoadBalancerAlgorithm.PeakEwma, 0, null, 100_000, 0, 1, false, 0.0)]
    [InlineData(MeshProfile.Consul, LoadBalancerAlgorithm.RoundRobin, 0, 3, 1024, 15, 5, true, 0.5)]
    [InlineData(MeshProfile.AppMesh, LoadBalancerAlgorithm.RoundRobin, 2, null, null, 15, 5, false, 0.5)]
    [InlineData(MeshProfile.Kuma, LoadBalancerAlgorithm.RoundRobin, 5, 3, 1024, 15, 5, false, 0.5)]
    public void Profile_is_what_the_mesh_does_unasked(
        MeshProfile profile, LoadBalancerAlgorithm algorithm, int retries, int? maxRetries, int? maxRequests, int timeout, int connect, bool outliers, double panic)
    {
        var policy = new MeshConfig { Profile = profile }.PolicyFor("cart");
        Assert.Equal(algorithm, policy.LoadBalancer!.Algorithm);
        Assert.Equal(retries, policy.Retries?.Attempts ?? 0);
        Assert.Equal((maxRetries, maxRequests), (policy.Limits!.MaxRetries, policy.Limits.MaxRequests));
        Assert.Equal(timeout, policy.Timeout?.TotalSeconds ?? 0);
        Assert.Equal(connect, policy.Limits.ConnectTimeout!.Value.TotalSeconds);
        Assert.Equal(outliers, policy.OutlierDetection is not null);
        Assert.Equal(panic, policy.PanicThreshold);
    }

    [Theory]
    [InlineData(MeshProfile.Envoy, MutualTlsMode.Disabled)]
    [InlineData(MeshProfile.Istio, MutualTlsMode.Permissive)]
    [InlineData(MeshProfile.Linkerd, MutualTlsMode.Permissive)]
    [InlineData(MeshProfile.Consul, MutualTlsMode.Strict)]
    [InlineData(MeshProfile.AppMesh, MutualTlsMode.Disabled)]
    [InlineData(MeshProfile.Kuma, MutualTlsMode.Disabled)]
    public void Profile_has_its_mesh_s_mutual_TLS(MeshProfile profile, MutualTlsMode mode) => Assert.Equal(mode, MeshProfiles.PolicyOf(profile).Mtls);

    [Fact]
    public void Istio_retries_what_its_source_says_on_hosts_not_tried_yet()
    {
        var retries = MeshProfiles.PolicyOf(MeshProfile.Istio).Retries!;
        Assert.Equal(RetryOn.ConnectFailure | RetryOn.RefusedStream | RetryOn.GrpcUnavailable | RetryOn.GrpcCancelled, retries.On);
        Assert.Equal((5, TimeSpan.FromMilliseconds(25), null), (retries.AvoidTried, retries.BackoffBase, retries.BackoffMax));
    }

    [Fact]
    public void Istio_switches_panic_and_success_rates_off_with_outlier_detection()
    {
        var mesh = new MeshConfig { Profile = MeshProfile.Istio, Services = new Dictionary<string, PolicyConfig> { ["cart"] = new() { OutlierDetection = new() } } };
        var (with, without) = (mesh.PolicyFor("cart"), mesh.PolicyFor("stock"));
        Assert.Equal((0.0, 0.0), (with.PanicThreshold, with.OutlierDetection!.EnforcingSuccessRate));
        Assert.Equal(0.5, without.PanicThreshold);
        Assert.Equal(0.3, (mesh with { Defaults = new() { PanicThreshold = 0.3 } }).PolicyFor("cart").PanicThreshold);   // what is written counts
    }

    [Theory]
    [InlineData(MeshProfile.Istio, 10, null)]
    [InlineData(MeshProfile.Linkerd, 1, null)]
    [InlineData(MeshProfile.Kuma, 5, 1024)]
    public void Limits_leave_the_mesh_s_own_where_they_say_nothing(MeshProfile profile, int connect, int? connections)
    {
        var limits = new MeshConfig { Profile = profile, Defaults = new() { Limits = new() { MaxRequests = 7 } } }.PolicyFor("cart").Limits!;
        Assert.Equal((7, TimeSpan.FromSeconds(connect), connections), (limits.MaxRequests, limits.ConnectTimeout, limits.MaxConnections));
        var own = new MeshConfig { Profile = profile, Defaults = new() { Limits = new() { ConnectTimeout = TimeSpan.FromSeconds(3) } } }.PolicyFor("cart").Limits!;
        Assert.Equal(TimeSpan.FromSeconds(3), own.ConnectTimeout);
    }

    [Fact]
    public void What_is_written_stands_over_the_profile()
    {
        var mesh = new MeshConfig { Profile = MeshProfile.Envoy, Defaults = new() { Timeout = TimeSpan.FromSeconds(1) } };
        Assert.Equal(TimeSpan.FromSeconds(1), mesh.PolicyFor("cart").Timeout);
        Assert.Equal(LoadBalancerAlgorithm.RoundRobin, mesh.PolicyFor("cart").LoadBalancer!.Algorithm);
    }
}
