namespace Mesh.Runtime.Model;

/// <summary>The balancing algorithms by name.</summary>
public enum LoadBalancerAlgorithm
{
    /// <summary>Power of <see cref="LoadBalancerConfig.Choices"/> choices by requests in flight (Envoy, Linkerd, YARP). <c>leastRequest</c></summary>
    LeastRequest,

    /// <summary>Each endpoint in turn; every proxy starts at an offset of its own. <c>roundRobin</c></summary>
    RoundRobin,

    /// <summary>A uniform draw. <c>random</c></summary>
    Random,

    /// <summary>Power of two choices by Linkerd's peak-sensitive moving average of latency times requests in flight. <c>peakEwma</c></summary>
    PeakEwma,
}

/// <summary>How an endpoint is picked.</summary>
public sealed record LoadBalancerConfig
{
    /// <summary>The algorithm.</summary>
    public LoadBalancerAlgorithm Algorithm { get; init; } = LoadBalancerAlgorithm.LeastRequest;

    /// <summary>Endpoints compared for each request by <see cref="LoadBalancerAlgorithm.LeastRequest"/>, 2 or more. Default 2 (Envoy's <c>choice_count</c>).</summary>
    public int Choices { get; init; } = 2;

    /// <summary>
    /// Whether <see cref="LoadBalancerAlgorithm.LeastRequest"/> may draw one endpoint twice. Default true, as Envoy; false draws distinct
    /// endpoints, as YARP and Linkerd. The difference shows with few endpoints (5% in the mean at 8).
    /// </summary>
    public bool WithReplacement { get; init; } = true;

    /// <summary>The time in which <see cref="LoadBalancerAlgorithm.PeakEwma"/> forgets, at most 1/e of an old value left. Default 10 s (Linkerd).</summary>
    public TimeSpan Decay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The latency <see cref="LoadBalancerAlgorithm.PeakEwma"/> assumes of an endpoint never called. Default 30 ms (Linkerd).</summary>
    public TimeSpan DefaultLatency { get; init; } = TimeSpan.FromMilliseconds(30);
}
