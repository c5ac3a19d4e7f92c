using System.Globalization;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>How an endpoint is picked.</summary>
internal static class LoadBalancerSection
{
    private const int LargestRing = 8 << 20;
    private const int LargestTable = 5_000_011;

    private static readonly Shape<LoadBalancerAlgorithm> Algorithm = Values.Choice("a load balancer", LoadBalancerAlgorithm.Custom);

    private static readonly Shape<string> CustomName = new ScalarShape<string>("the name of a registered load balancer", """{"type": "string", "minLength": 1}""",
        (string text, out string value) => LoadBalancers.Names.Contains(value = text) ? null
            : $"no load balancer is registered as '{text}'.{(LoadBalancers.Names.Count == 0 ? " This program registers none." : $" Registered: {string.Join(", ", LoadBalancers.Names)}.")}");

    private static readonly Shape<double> Bias = new ScalarShape<double>("a number from 0", """{"type": "number", "minimum": 0}""",
        (string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && value >= 0 && double.IsFinite(value) ? null
            : $"'{text}' is not a number from 0.");

    private static readonly Shape<int> TableSize = new ScalarShape<int>($"a prime up to {LargestTable}", $$"""{"type": "integer", "minimum": 2, "maximum": {{LargestTable}}}""", ParseTableSize);

    private static readonly Section<AffinityDraft> HashOn = new Section<AffinityDraft>("hashOn", "what to hash by, such as {header: x-user}", () => new AffinityDraft())
    {
        { "header", Values.Text, (draft, value) => draft.With(AffinitySource.Header, value), "A header, by name." },
        { "cookie", Values.Text, (draft, value) => draft.With(AffinitySource.Cookie, value), "A cookie, by name." },
        { "query", Values.Text, (draft, value) => draft.With(AffinitySource.Query, value), "A query parameter, by name." },
        { "source", Values.Flag, (draft, value) => value ? draft.With(AffinitySource.Source, "") : draft, "true: the calling proxy." },
    }
    .Check(CheckHashOn);

    private static readonly Section<LoadBalancerConfig> LongLoadBalancer = new Section<LoadBalancerConfig>(
        "loadBalancer", "a load balancer such as {algorithm: leastRequest, choices: 3}", () => new LoadBalancerConfig())
    {
        { "algorithm", Algorithm, (config, value) => config with { Algorithm = value }, "The algorithm. Default leastRequest." },
        { "custom", CustomName, (config, value) => config with { Algorithm = LoadBalancerAlgorithm.Custom, Custom = value }, "An algorithm of your own, by the name under which the program registered it; in place of 'algorithm'." },
        { "choices", Values.Count(2, 1000), (config, value) => config with { Choices = value }, "Endpoints that leastRequest compares. Default 2." },
        { "withReplacement", Values.Flag, (config, value) => config with { WithReplacement = value },
            "Whether leastRequest may draw one endpoint twice (Envoy) or draws distinct ones (YARP, Linkerd). Default true." },
        { "fullScan", Values.Flag, (config, value) => config with { FullScan = value }, "Whether leastRequest compares all endpoints. Default false." },
        { "activeRequestBias", Bias, (config, value) => config with { ActiveRequestBias = value }, "How strongly requests in flight lower a weight where leastRequest goes by unequal weights; 0 is round robin. Default 1." },
        { "decay", Values.PositiveDuration, (config, value) => config with { Decay = value }, "The time in which peakEwma forgets. Default 10s." },
        { "defaultLatency", Values.PositiveDuration, (config, value) => config with { DefaultLatency = value }, "The latency that peakEwma assumes of an endpoint never called. Default 30ms." },
        { "failurePenalty", Values.PositiveDuration, (config, value) => config with { FailurePenalty = value }, "The latency that peakEwma books for a failure, or the Retry-After if that is longer. Default: the measured one." },
        { "hashOn", HashOn.Then<AffinityConfig>((draft, _, _) => draft.Affinity ?? new AffinityConfig()), (config, value) => config with { HashOn = value },
            "What ringHash and maglev hash by: a header, a cookie, a query parameter or the source. Default: a hash drawn for each request." },
        { "minRingSize", Values.Count(1, LargestRing), (config, value) => config with { MinRingSize = value }, "Smallest ring of ringHash. Default 1024." },
        { "maxRingSize", Values.Count(1, LargestRing), (config, value) => config with { MaxRingSize = value }, "Largest ring of ringHash. Default 8388608." },
        { "hashFunction", Values.Choice<RingHashFunction>("a hash function"), (config, value) => config with { HashFunction = value }, "The hash function of ringHash. Default xxHash64." },
        { "tableSize", TableSize, (config, value) => config with { TableSize = value }, "Places in maglev's table, a prime. Default 65537." },
        { "hashBalanceFactor", Values.Count(100, 100_000), (config, value) => config with { HashBalanceFactor = value },
            "Load in percent of the average above which ringHash and maglev pass an endpoint over. Default: no bound." },
        { "probesPerPick", Values.Count(1, 16), (config, value) => config with { ProbesPerPick = value }, "Probes that prequal sends for each pick. Default 3." },
        { "probePool", Values.Count(2, 64), (config, value) => config with { ProbePool = value }, "Probe answers that prequal keeps. Default 16." },
        { "probeMaxAge", Values.PositiveDuration, (config, value) => config with { ProbeMaxAge = value }, "How old a probe answer may be. Default 1s." },
        { "hotQuantile", Values.Percent, (config, value) => config with { HotQuantile = value }, "The quantile of probed requests in flight above which prequal calls an endpoint hot. Default 84%." },
    }
    .Check(CheckLoadBalancer);

    /// <summary>A name, or a mapping.</summary>
    public static readonly Shape<LoadBalancerConfig> LoadBalancer = new EitherShape<LoadBalancerConfig>(
        Algorithm.Then((algorithm, _, _) => new LoadBalancerConfig { Algorithm = algorithm }), LongLoadBalancer);

    private static string? ParseTableSize(string text, out int value)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) || value > LargestTable) return $"'{text}' is not a table size; write a prime up to {LargestTable}.";
        if (LoadBalancerConfig.IsTableSize(value)) return null;
        int near = value;
        while (!LoadBalancerConfig.IsTableSize(++near)) { }
        return $"{text} is not a prime, so a table of that size could not be filled; the next prime is {near}.";
    }

    private static void CheckHashOn(AffinityDraft draft, YamlMap map, Reading reading)
    {
        if (draft.Count != 1) reading.Error(map, "needs one of header, cookie, query or source: true.");
    }

    private static void CheckLoadBalancer(LoadBalancerConfig config, YamlMap map, Reading reading)
    {
        if (map.Find("custom") is { } custom && map.Find("algorithm") is not null) reading.Error(custom, map, "'custom' stands beside 'algorithm'; write one of them.");
        if (config.MinRingSize > config.MaxRingSize) reading.Error(map.Find("maxRingSize") is { } max ? max.Value : map, $"the largest ring, {config.MaxRingSize}, is below the smallest, {config.MinRingSize}.");
        if (config.Algorithm is LoadBalancerAlgorithm.RingHash or LoadBalancerAlgorithm.Maglev) return;
        foreach (string key in (string[])["hashOn", "hashBalanceFactor"])
        {
            if (map.Find(key) is { } entry) reading.Error(entry, map, $"'{key}' needs an algorithm that hashes; write algorithm: ringHash or maglev beside it.");
        }
    }

    private sealed record AffinityDraft
    {
        public AffinityConfig? Affinity { get; private init; }

        public int Count { get; private init; }

        public AffinityDraft With(AffinitySource by, string name) => new() { Affinity = new AffinityConfig { By = by, Name = name }, Count = Count + 1 };
    }
}
