using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.Model;

public class PolicyConfigTests
{
    private static readonly PolicyConfig Lower = new()
    {
        LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.Random },
        Timeout = TimeSpan.FromSeconds(1),
        PerTryTimeout = TimeSpan.FromSeconds(2),
        Retries = new RetryConfig { Attempts = 3 },
        CircuitBreaker = new CircuitBreakerConfig { MinThroughput = 4 },
        Limits = new LimitsConfig { MaxRequests = 5 },
    };

    /// <summary>A layer with one member set, and what it changes in the layer below.</summary>
    public static TheoryData<PolicyConfig, PolicyConfig> Layers => new()
    {
        { new(), Lower },
        { new() { LoadBalancer = new() }, Lower with { LoadBalancer = new() } },
        { new() { Timeout = TimeSpan.Zero }, Lower with { Timeout = TimeSpan.Zero } },
        { new() { PerTryTimeout = TimeSpan.Zero }, Lower with { PerTryTimeout = TimeSpan.Zero } },
        { new() { Retries = OneRetry }, Lower with { Retries = OneRetry } },
        { new() { CircuitBreaker = new() }, Lower with { CircuitBreaker = new() } },
        { new() { Limits = new() }, Lower with { Limits = new() } },
    };

    private static RetryConfig OneRetry { get; } = new() { Attempts = 1 };

    [Theory]
    [MemberData(nameof(Layers))]
    public void Layer_replaces_what_it_says_and_leaves_the_rest(PolicyConfig upper, PolicyConfig effective)
    {
        Assert.Equal(effective, upper.Over(Lower));
        Assert.Equal(Lower, Lower.Over(upper));
    }

    [Fact]
    public void Every_member_is_layered()
    {
        Assert.All(typeof(PolicyConfig).GetProperties(), property => Assert.NotNull(property.GetValue(Lower)));
        Assert.Equal(Lower, new PolicyConfig().Over(Lower));
    }

    [Fact]
    public void Service_without_a_policy_of_its_own_has_the_defaults()
    {
        var mesh = new MeshConfig
        {
            Defaults = Lower,
            Services = new Dictionary<string, PolicyConfig> { ["cart"] = new() { Timeout = TimeSpan.FromSeconds(9) } },
        };
        Assert.Equal(Lower, mesh.PolicyFor("stock"));
        Assert.Equal(Lower with { Timeout = TimeSpan.FromSeconds(9) }, mesh.PolicyFor("cart"));
    }
}
