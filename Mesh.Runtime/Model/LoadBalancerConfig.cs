namespace Mesh.Runtime.Model;

/// <summary>The balancing algorithms by name.</summary>
public enum LoadBalancerAlgorithm
{
    /// <summary>Power of <see cref="LoadBalancerConfig.Choices"/> choices by requests in flight (Envoy, Linkerd, YARP). <c>leastRequest</c></summary>
    LeastRequest,

    /// <summary>Each endpoint in turn, as often as its weight says; every proxy starts at an offset of its own. <c>roundRobin</c></summary>
    RoundRobin,

    /// <summary>A draw by weight. <c>random</c></summary>
    Random,

    /// <summary>Power of two choices by Linkerd's peak-sensitive moving average of latency times requests in flight. <c>peakEwma</c></summary>
    PeakEwma,

    /// <summary>Consistent hashing on Envoy's ring. <c>ringHash</c></summary>
    RingHash,

    /// <summary>Consistent hashing by Google's Maglev table, as Envoy fills it. <c>maglev</c></summary>
    Maglev,

    /// <summary>An endpoint that this proxy knows to be idle, else a uniform draw (Lu et al. 2011). <c>joinIdleQueue</c></summary>
    JoinIdleQueue,

    /// <summary>The endpoint with the fewest requests in flight for its weight, of all. <c>joinShortestQueue</c></summary>
    JoinShortestQueue,

    /// <summary>Google's Prequal: probes of requests in flight and latency (Wydrowski et al., NSDI 2024). <c>prequal</c></summary>
    Prequal,

    /// <summary>An algorithm that the program registered with <c>LoadBalancers.Register</c>, by <see cref="LoadBalancerConfig.Custom"/>. <c>custom</c></summary>
    Custom,
}

/// <summary>The hash function of a ring.</summary>
public enum RingHashFunction
{
    /// <summary>xxHash64 with seed 0 (Envoy's default). <c>xxHash64</c></summary>
    XxHash64,

    /// <summary>MurmurHash2 of 64 bits with the seed of GNU's <c>std::hash</c> (Envoy's <c>MURMUR_HASH_2</c>). <c>murmurHash2</c></summary>
    MurmurHash2,
}

/// <summary>How an endpoint is picked.</summary>
public sealed record LoadBalancerConfig
{
    /// <summary>The algorithm.</summary>
    public LoadBalancerAlgorithm Algorithm { get; init; } = LoadBalancerAlgorithm.LeastRequest;

    /// <summary>The name of a registered algorithm, for <see cref="LoadBalancerAlgorithm.Custom"/>.</summary>
    public string? Custom { get; init; }

    /// <summary>Endpoints compared for each request by <see cref="LoadBalancerAlgorithm.LeastRequest"/>, 2 or more. Default 2 (Envoy's <c>choice_count</c>).</summary>
    public int Choices { get; init; } = 2;

    /// <summary>
    /// Whether <see cref="LoadBalancerAlgorithm.LeastRequest"/> may draw one endpoint twice. Default true, as Envoy; false draws distinct
    /// endpoints, as YARP and Linkerd. The difference shows with few endpoints (5% in the mean at 8).
    /// </summary>
    public bool WithReplacement { get; init; } = true;

    /// <summary>Whether <see cref="LoadBalancerAlgorithm.LeastRequest"/> compares all endpoints (Envoy's <c>FULL_SCAN</c>). Default false.</summary>
    public bool FullScan { get; init; }

    /// <summary>
    /// How strongly requests in flight lower an endpoint's share where <see cref="LoadBalancerAlgorithm.LeastRequest"/> goes by unequal weights:
    /// weight / (in flight + 1)^bias, 0 or more; 0 is plain round robin. Default 1 (Envoy's <c>active_request_bias</c>).
    /// </summary>
    public double ActiveRequestBias { get; init; } = 1;

    /// <summary>The time in which <see cref="LoadBalancerAlgorithm.PeakEwma"/> forgets, at most 1/e of an old value left. Default 10 s (Linkerd).</summary>
    public TimeSpan Decay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The latency <see cref="LoadBalancerAlgorithm.PeakEwma"/> assumes of an endpoint never called. Default 30 ms (Linkerd).</summary>
    public TimeSpan DefaultLatency { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>
    /// The latency that <see cref="LoadBalancerAlgorithm.PeakEwma"/> books for a failure; <c>null</c> books the measured one. Default <c>null</c>.
    /// Linkerd's <c>balancer.alpha.linkerd.io/penalize-failures</c> takes 5 s.
    /// </summary>
    public TimeSpan? FailurePenalty { get; init; }

    /// <summary>What hashing balancers hash by; <c>null</c> draws a hash for each request.</summary>
    public AffinityConfig? HashOn { get; init; }

    /// <summary>Smallest ring, 1 to 8388608 entries. Default 1024 (Envoy's <c>minimum_ring_size</c>).</summary>
    public int MinRingSize { get; init; } = 1024;

    /// <summary>Largest ring, 1 to 8388608 entries. Default 8388608 (Envoy's <c>maximum_ring_size</c>).</summary>
    public int MaxRingSize { get; init; } = 8 << 20;

    /// <summary>The ring's hash function. Default <see cref="RingHashFunction.XxHash64"/> (Envoy).</summary>
    public RingHashFunction HashFunction { get; init; } = RingHashFunction.XxHash64;

    /// <summary>Entries of the Maglev table, a prime up to 5000011. Default 65537 (Envoy).</summary>
    public int TableSize { get; init; } = 65537;

    /// <summary>Whether a Maglev table can have this size: only in a prime number of places does every step reach every place.</summary>
    /// <param name="size">Its places.</param>
    public static bool IsTableSize(int size)
    {
        if (size < 2) return false;
        for (int divisor = 2; divisor <= size / divisor; divisor++)
            if (size % divisor == 0) return false;
        return true;
    }

    /// <summary>
    /// The load, in percent of the average, above which hashing balancers pass an endpoint over (consistent hashing with bounded loads), 100 or more;
    /// <c>null</c> sets no bound. Default <c>null</c> (Envoy's <c>hash_balance_factor</c>).
    /// </summary>
    public int? HashBalanceFactor { get; init; }

    /// <summary>Probes that <see cref="LoadBalancerAlgorithm.Prequal"/> sends for each pick, 1 to 16. Default 3 (the paper's r_probe).</summary>
    public int ProbesPerPick { get; init; } = 3;

    /// <summary>Probe answers that <see cref="LoadBalancerAlgorithm.Prequal"/> keeps, 2 to 64. Default 16 (the paper).</summary>
    public int ProbePool { get; init; } = 16;

    /// <summary>How old a probe answer may be. Default 1 s (the paper).</summary>
    public TimeSpan ProbeMaxAge { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The quantile of probed requests in flight, 0 to 1, above which an endpoint counts as hot. Default 0.84 (the paper's Q_RIF, near 2^-0.25).</summary>
    public double HotQuantile { get; init; } = 0.84;
}

/// <summary>Where an affinity hash comes from.</summary>
public enum AffinitySource
{
    /// <summary>A header's value.</summary>
    Header,
    /// <summary>A cookie's value.</summary>
    Cookie,
    /// <summary>A query parameter's value.</summary>
    Query,
    /// <summary>The calling proxy.</summary>
    Source,
}

/// <summary>What ties a caller to an endpoint (session affinity), for <see cref="LoadBalancerAlgorithm.RingHash"/> and <see cref="LoadBalancerAlgorithm.Maglev"/>.</summary>
public sealed record AffinityConfig
{
    /// <summary>What is hashed.</summary>
    public AffinitySource By { get; init; }

    /// <summary>The name of the header, cookie or query parameter.</summary>
    public string Name { get; init; } = "";
}
