using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.Model;

public class ServicePolicyTests
{
    [Fact]
    public void Nothing_said_is_least_request_without_deadlines_retries_breaker_or_caps()
    {
        var policy = ServicePolicy.From(new PolicyConfig());
        var route = policy.Routes.Rest.Policy;
        Assert.Equal(new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.LeastRequest, Choices = 2, WithReplacement = true }, policy.LoadBalancer);
        Assert.Equal((0L, 0L), (route.Timeout, route.PerTryTimeout));
        Assert.Null(route.Retries);
        Assert.Null(policy.Config.CircuitBreaker);
        Assert.Equal(new LimitsConfig(), policy.Limits);
    }

    [Theory]
    [InlineData(0, RetryOn.GatewayError)]
    [InlineData(3, RetryOn.None)]
    public void Retries_that_can_never_happen_are_none(int attempts, RetryOn on) =>
        Assert.Null(ServicePolicy.From(new PolicyConfig { Retries = new RetryConfig { Attempts = attempts, On = on } }).Routes.Rest.Policy.Retries);

    [Fact]
    public void Retry_defaults_are_Istio_s_two_with_Envoy_s_back_off()
    {
        var retries = ServicePolicy.From(new PolicyConfig { Retries = new RetryConfig() }).Routes.Rest.Policy.Retries!;
        Assert.Equal((2, TimeSpan.FromMilliseconds(25), null), (retries.Attempts, retries.BackoffBase, retries.BackoffMax));
    }

    [Fact]
    public void Times_are_ticks_and_zero_switches_them_off()
    {
        var policy = ServicePolicy.From(new PolicyConfig { Timeout = TimeSpan.FromMilliseconds(1.5), PerTryTimeout = TimeSpan.Zero }).Routes.Rest.Policy;
        Assert.Equal((15_000L, 0L), (policy.Timeout, policy.PerTryTimeout));
    }
}
