using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.Model;

public class ServicePolicyTests
{
    [Fact]
    public void Nothing_said_is_least_request_without_deadlines_retries_breaker_or_caps()
    {
        var policy = ServicePolicy.From(new PolicyConfig());
        Assert.Equal(new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.LeastRequest, Choices = 2, WithReplacement = true }, policy.LoadBalancer);
        Assert.Equal((0L, 0L), (policy.Timeout, policy.PerTryTimeout));
        Assert.Null(policy.Retries);
        Assert.Null(policy.CircuitBreaker);
        Assert.Equal(new LimitsConfig(), policy.Limits);
        Assert.Equal(policy, ServicePolicy.From(new PolicyConfig()));
    }

    [Theory]
    [InlineData(0, RetryOn.GatewayError)]
    [InlineData(3, RetryOn.None)]
    public void Retries_that_can_never_happen_are_none(int attempts, RetryOn on) =>
        Assert.Null(ServicePolicy.From(new PolicyConfig { Retries = new RetryConfig { Attempts = attempts, On = on } }).Retries);

    [Fact]
    public void Retry_defaults_are_Istio_s_two_with_Envoy_s_back_off()
    {
        var retries = ServicePolicy.From(new PolicyConfig { Retries = new RetryConfig() }).Retries!;
        Assert.Equal((2, TimeSpan.FromMilliseconds(25), null), (retries.Attempts, retries.BackoffBase, retries.BackoffMax));
    }

    [Fact]
    public void Times_are_ticks_and_zero_switches_them_off()
    {
        var policy = ServicePolicy.From(new PolicyConfig { Timeout = TimeSpan.FromMilliseconds(1.5), PerTryTimeout = TimeSpan.Zero });
        Assert.Equal((15_000L, 0L), (policy.Timeout, policy.PerTryTimeout));
    }

    [Fact]
    public void Equal_configurations_make_equal_policies()
    {
        static PolicyConfig Config() => new()
        {
            Timeout = TimeSpan.FromSeconds(1), CircuitBreaker = new CircuitBreakerConfig(), Limits = new LimitsConfig { MaxRequests = 3 },
        };
        Assert.Equal(ServicePolicy.From(Config()), ServicePolicy.From(Config()));
    }
}
