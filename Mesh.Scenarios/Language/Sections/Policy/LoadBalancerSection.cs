using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>How an endpoint is picked.</summary>
internal static class LoadBalancerSection
{
    private static readonly Shape<LoadBalancerAlgorithm> Algorithm = Values.Choice<LoadBalancerAlgorithm>("a load balancer");

    private static readonly Section<LoadBalancerConfig> LongLoadBalancer = new("loadBalancer", "a load balancer such as {algorithm: leastRequest, choices: 3}", () => new LoadBalancerConfig())
    {
        { "algorithm", Algorithm, (config, value) => config with { Algorithm = value }, "The algorithm. Default leastRequest." },
        { "choices", Values.Count(2, 1000), (config, value) => config with { Choices = value }, "Endpoints that leastRequest compares. Default 2." },
        { "withReplacement", Values.Flag, (config, value) => config with { WithReplacement = value },
            "Whether leastRequest may draw one endpoint twice (Envoy) or draws distinct ones (YARP, Linkerd). Default true." },
        { "decay", Values.PositiveDuration, (config, value) => config with { Decay = value }, "The time in which peakEwma forgets. Default 10s." },
        { "defaultLatency", Values.PositiveDuration, (config, value) => config with { DefaultLatency = value }, "The latency that peakEwma assumes of an endpoint never called. Default 30ms." },
    };

    /// <summary>A name, or a mapping.</summary>
    public static readonly Shape<LoadBalancerConfig> LoadBalancer = new EitherShape<LoadBalancerConfig>(
        Algorithm.Then((algorithm, _, _) => new LoadBalancerConfig { Algorithm = algorithm }), LongLoadBalancer);
}
