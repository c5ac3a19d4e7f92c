using Mesh.Runtime.Model;
using Mesh.Simulator;

namespace Mesh.Scenarios.Tests.Language;

public sealed class ReadingTests
{
    [Fact]
    public void Every_key_of_the_language_reaches_the_world()
    {
        var file = Reads.Scenario(Complete.Text);
        var world = file.World;
        Assert.Equal(("complete", 5, 42UL, 90.0, 10.0), (file.Name, file.Replications, world.Seed, world.Duration.TotalSeconds, world.Warmup.TotalSeconds));
        Assert.Equal(["a", "b"], world.Zones);
        Assert.Equal(1e9, world.Network.CrossZone.BitsPerSecond);
        Assert.Equal(1e-4, world.Network.CrossZone.Loss, 12);
        Assert.True(world.Network.MutualTls);
        Assert.Equal(new SidecarConfig { PerRequest = TimeSpan.FromMicroseconds(200), PerHandshake = TimeSpan.FromMilliseconds(1), Workers = 4 }, world.Sidecar);
        Assert.Equal(["storefront", "cart", "stock", "payments", "search"], world.Services.Select(service => service.Name));

        var storefront = world.Services[0];
        Assert.Equal((QueueDiscipline.ProcessorSharing, WorkerHold.WholeCall, true, "shop"), (storefront.Discipline, storefront.Hold, storefront.StopsWhenAbandoned, storefront.Namespace));
        var version = Assert.Single(storefront.Versions);
        Assert.Equal(("v1", 3, 32, 64), (version.Name, version.Replicas, version.Workers, version.Queue));
        Assert.Equal(new DistributionConfig { Kind = DistributionKind.Lognormal, Mean = 0.004, P99 = 0.015 }, version.ServiceTime);
        Assert.Null(world.Services[1].Versions[0].Queue);

        var checkout = storefront.Classes[0];
        Assert.Equal((16384L, 0.001), (checkout.ResponseBytes, checkout.ErrorRate!.Value));
        var call = Assert.IsType<CallStep>(checkout.Script[0]);
        Assert.Equal(("cart", "/cart", "POST", 1000L), (call.To, call.Path, call.Method, call.RequestBytes));
        var parallel = Assert.IsType<ParallelStep>(checkout.Script[1]);
        Assert.Equal((0.7, true), (Assert.IsType<CallStep>(parallel.Branches[1]).Probability, Assert.IsType<CallStep>(parallel.Branches[1]).Optional));
        Assert.Equal([1.0, 2.0], Assert.IsType<OneOfStep>(parallel.Branches[2]).Branches.Select(branch => branch.Weight));
        Assert.Equal(0.002, Assert.IsType<SleepStep>(checkout.Script[2]).Time.Max);
    }

    [Fact]
    public void A_version_takes_what_it_does_not_say_from_its_service()
    {
        var payments = Reads.Scenario(Complete.Text).World.Services[3];
        Assert.Equal("payments-sa", payments.Account);
        Assert.Equal([("v1", 4, 8, 0.0), ("v2", 1, 8, 0.005)], payments.Versions.Select(version => (version.Name, version.Replicas, version.Workers, version.ErrorRate)));
    }

    [Fact]
    public void Policy_is_read_in_layers()
    {
        var mesh = Reads.Scenario(Complete.Text).World.Mesh;
        var policy = mesh.PolicyFor("payments");
        Assert.Equal(TimeSpan.FromSeconds(2), policy.Timeout);
        Assert.Equal(LoadBalancerAlgorithm.PeakEwma, policy.LoadBalancer!.Algorithm);
        Assert.Equal(RetryOn.ServerError | RetryOn.Reset | RetryOn.ConnectFailure | RetryOn.StatusCodes | RetryOn.RetriableHeaders, policy.Retries!.On);
        Assert.Equal("[429]", policy.Retries.StatusCodes.ToString());
        Assert.Equal((25.0, 250.0), (policy.Retries.BackoffBase.TotalMilliseconds, policy.Retries.BackoffMax!.Value.TotalMilliseconds));
        Assert.Equal(LoadBalancerAlgorithm.LeastRequest, mesh.Defaults.LoadBalancer!.Algorithm);
        Assert.Equal(LoadBalancerAlgorithm.RingHash, mesh.PolicyFor("cart").LoadBalancer!.Algorithm);
        Assert.Null(mesh.PolicyFor("cart").Retries);
    }

    [Fact]
    public void Workloads_have_their_stages_users_and_arrivals()
    {
        var workloads = Reads.Scenario(Complete.Text).World.Workloads;
        Assert.Equal([ArrivalProcess.Poisson, ArrivalProcess.Constant, ArrivalProcess.Closed], workloads.Select(workload => workload.Arrivals));
        Assert.Equal(600, workloads[0].Stages[1].RampTo!.Value, 9);
        Assert.Equal(new StageConfig { For = TimeSpan.FromSeconds(90), Rate = 20 }, Assert.Single(workloads[1].Stages));
        Assert.Equal((10, 1.0), (workloads[2].Users, workloads[2].ThinkTime.Mean));
    }

    [Theory]
    [InlineData("100ns", 1)]
    [InlineData("1us", 10)]
    [InlineData("0.5ms", 5_000)]
    [InlineData("1m30s", 900_000_000)]
    [InlineData("2h", 72_000_000_000)]
    [InlineData("1 s", 10_000_000)]
    public void A_duration_becomes_ticks(string text, long ticks) => Assert.Equal(ticks, Reads.SmallWith("warmup=0", $"duration={text}").World.Duration.Ticks);

    [Theory]
    [InlineData("1KB", 1000)]
    [InlineData("1KiB", 1024)]
    [InlineData("1.5MB", 1_500_000)]
    [InlineData("2MiB", 2_097_152)]
    [InlineData("0", 0)]
    public void A_size_is_decimal_or_binary_as_it_says(string text, long bytes) =>
        Assert.Equal(bytes, Reads.SmallWith($"services.back.endpoints[0].responseSize={text}").World.Services[1].Classes[0].ResponseBytes);

    [Fact]
    public void Anchors_and_aliases_are_followed() => Assert.Equal(2, Reads.Scenario("""
        version: 1
        duration: 10s
        services:
          a: &one {replicas: 2}
          b: *one
        workload: [{to: a, rate: 1/s}, {to: b, rate: 1/s}]
        """).World.Services[1].Versions[0].Replicas);
}
