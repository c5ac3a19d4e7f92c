using Mesh.Runtime.Model;

namespace Mesh.Scenarios.Tests.Language;

public sealed class HealthSectionTests
{
    [Fact]
    public void Outlier_detection_has_Envoy_s_defaults_and_names()
    {
        Assert.Equal(new OutlierDetectionConfig(), Policy("outlierDetection={}").OutlierDetection);
        Assert.Equal(
            new OutlierDetectionConfig { Consecutive5xx = 3, BaseEjectionTime = TimeSpan.FromSeconds(10), MaxEjectionPercent = 0.5, EnforcingFailurePercentage = 1, AlwaysEjectOneHost = true },
            Policy("outlierDetection={consecutive5xx: 3, baseEjectionTime: 10s, maxEjectionPercent: 50%, enforcingFailurePercentage: 100%, alwaysEjectOneHost: true}").OutlierDetection);
    }

    [Fact]
    public void Failure_accrual_is_read()
    {
        Assert.Equal(new FailureAccrualConfig(), Policy("failureAccrual={}").FailureAccrual);
        Assert.Equal(
            new FailureAccrualConfig { MaxFailures = 3, JitterRatio = 0, SuccessRate = new AccrualRateConfig { Threshold = 0.9 } },
            Policy("failureAccrual={maxFailures: 3, jitterRatio: 0%, successRate: {threshold: 90%}}").FailureAccrual);
    }

    [Fact]
    public void Health_checks_are_read()
    {
        Assert.Equal(new HealthCheckConfig(), Policy("healthCheck={}").HealthCheck);
        Assert.Equal(
            new HealthCheckConfig { Path = "/ready", Interval = TimeSpan.FromSeconds(1), UnhealthyThreshold = 5, IntervalJitterPercent = 0.1 },
            Policy("healthCheck={path: /ready, interval: 1s, unhealthyThreshold: 5, intervalJitterPercent: 10%}").HealthCheck);
    }

    [Fact]
    public void Health_checks_ask_by_http_grpc_or_tcp()
    {
        Assert.Equal(new HealthCheckConfig { ExpectedStatuses = [200, new StatusRange(202, 204)] }, Policy("healthCheck={expectedStatuses: [200, 202-204]}").HealthCheck);
        Assert.Equal(new HealthCheckConfig { Protocol = HealthCheckProtocol.Grpc, Service = "shop.Cart" }, Policy("healthCheck={protocol: grpc, service: shop.Cart}").HealthCheck);
        Assert.Equal(new HealthCheckConfig { Protocol = HealthCheckProtocol.Tcp, Send = "PING\r\n", Receive = "PONG" }, Policy("healthCheck={protocol: tcp, send: \"PING\\r\\n\", receive: PONG}").HealthCheck);
    }

    [Theory]
    [InlineData("outlierDetection={baseEjectionTime: 30s, maxEjectionTime: 20s}", "the longest ejection is below baseEjectionTime, 30s; Envoy refuses that too.")]
    [InlineData("outlierDetection={interval: 0s}", "'0s' must be above 0, such as 300ms.")]
    [InlineData("outlierDetection={maxEjectionPercent: 120%}", "'120%' is outside the range; write 0% or more and at most 100%.")]
    [InlineData("failureAccrual={minPenalty: 90s}", "the longest penalty, 60s, is below the first, 90s.")]
    [InlineData("failureAccrual={successRate: {window: 1ms}}", "the window is below 10ms, the shortest that Linkerd takes.")]
    [InlineData("healthCheck={protocol: tcp, path: /ready}", "'path' belongs to 'protocol: http', but this check's is tcp.")]
    [InlineData("healthCheck={expectedStatuses: [204-200]}", "the range '204-200' ends before it begins; write the lower status first.")]
    [InlineData("healthCheck={unhealthyThreshold: 0}", "0 is outside the range; write a whole number from 1 to 1000000.")]
    public void What_cannot_be_is_refused(string policy, string problem) =>
        Assert.Contains(problem, Assert.Single(Reads.Errors(Reads.Small, $"mesh.defaults.{policy}")), StringComparison.Ordinal);

    private static PolicyConfig Policy(string policy) => Reads.SmallWith($"mesh.defaults.{policy}").World.Mesh.PolicyFor("back");
}
