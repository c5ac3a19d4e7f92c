using Mesh.Runtime.Randomness;
using Mesh.Scenarios.Language.Yaml;
using static Mesh.Scenarios.Language.Yaml.YamlBuilder;

namespace Mesh.Scenarios.Import;

/// <summary>What kind of mesh to generate.</summary>
internal sealed record GeneratorOptions
{
    /// <summary>Services.</summary>
    public int Services { get; init; } = 100;

    /// <summary>Replicas of each.</summary>
    public int Replicas { get; init; } = 3;

    /// <summary>Layers: the longest chain of calls.</summary>
    public int Depth { get; init; } = 5;

    /// <summary>Calls that a request makes at each service, on average: every service is called by one of the layer above, and calls more at random.</summary>
    public int FanOut { get; init; } = 3;

    /// <summary>Requests a second that enter.</summary>
    public string Rate { get; init; } = "100/s";

    public string Duration { get; init; } = "30s";

    /// <summary>The graph's seed; the same seed makes the same graph.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>
/// Generates meshes for tests of scale: a random graph in layers without cycles. Every service has a caller in the layer above it. The first one is the entry;
/// what a service calls beyond <see cref="GeneratorOptions.FanOut"/> it calls with such a probability that the expected number stays there.
/// </summary>
internal sealed class GraphGenerator
{
    private static readonly Place Here = new("meshlab generate");

    private readonly GeneratorOptions _options;
    private readonly KeyedRandom _random;
    private readonly List<int>[] _calls;

    private GraphGenerator(GeneratorOptions options)
    {
        _options = options;
        _random = new KeyedRandom(options.Seed);
        _calls = [.. Enumerable.Range(0, options.Services).Select(_ => new List<int>())];
    }

    public static YamlMap Generate(GeneratorOptions options)
    {
        var generator = new GraphGenerator(options);
        generator.Connect();
        return generator.Scenario();
    }

    private void Connect()
    {
        var layers = Layers();
        for (int depth = 1; depth < layers.Count; depth++)
        {
            var (above, layer) = (layers[depth - 1], layers[depth]);
            foreach (int callee in layer) _calls[above.First + Draw(callee, 0, above.Count)].Add(callee);
            foreach (int caller in above)
            {
                for (int i = _calls[caller].Count; i < Math.Min(_options.FanOut, layer.Count); i++)
                {
                    int callee = layer.First + Draw(caller, 1 + i, layer.Count);
                    if (!_calls[caller].Contains(callee)) _calls[caller].Add(callee);
                }
            }
        }
    }

    /// <summary>One entry, then layers that grow by the fan-out, the last taking the rest.</summary>
    private List<Layer> Layers()
    {
        var layers = new List<Layer> { new(0, 1) };
        int left = _options.Services - 1;
        double size = 1;
        while (left > 0)
        {
            size *= Math.Max(2, Math.Pow(_options.Services, 1.0 / _options.Depth));
            int count = layers.Count == _options.Depth - 1 ? left : Math.Min(left, (int)Math.Ceiling(size));
            layers.Add(new Layer(_options.Services - left, count));
            left -= count;
        }
        return layers;
    }

    private int Draw(int service, int index, int count) => KeyedRandom.ToIndex(_random.Bits(Concern.Branch, (ulong)service, 0, index), count);

    private YamlMap Scenario() => Map(Here,
        ("version", Text("1")),
        ("name", Text($"generated-{_options.Services}x{_options.Replicas}")),
        ("duration", Text(_options.Duration)),
        ("warmup", Text("2s")),
        ("network", Map(Here, ("sameZone", Map(Here, ("latency", Map(Here, ("mean", Text("0.25ms")), ("p99", Text("1ms")))))))),
        ("services", Map(Here, Enumerable.Range(0, _options.Services).Select(i => (Name(i), (YamlValue?)Service(i))))),
        ("mesh", YamlTree.ParseArgument(PolicyPresets.All["full"], "policy", new Problems())),
        ("workload", List(Here, [Map(Here, ("to", Text(Name(0))), ("rate", Text(_options.Rate)))])));

    private YamlMap Service(int service) => Map(Here,
        ("replicas", Scalar(Here, _options.Replicas)),
        ("serviceTime", Map(Here, ("mean", Text("1ms")), ("p99", Text("5ms")))),
        ("endpoints", _calls[service].Count == 0 ? null : List(Here, [Map(Here, ("path", Text("/")), ("calls", List(Here, Steps(service))))])));

    private IEnumerable<YamlValue> Steps(int service)
    {
        double probability = Math.Min(1, _options.FanOut / (double)_calls[service].Count);
        string percent = Language.Notation.Percent(probability);
        var calls = _calls[service].Select(callee => (YamlValue)Map(Here, ("to", Text(Name(callee))), ("probability", probability < 1 ? Text(percent) : null))).ToList();
        return calls.Count == 1 ? calls : [Map(Here, ("parallel", List(Here, calls)))];
    }

    private static string Name(int service) => $"svc-{service}";

    private static YamlScalar Text(string text) => Scalar(Here, text);

    private readonly record struct Layer(int First, int Count)
    {
        public IEnumerator<int> GetEnumerator()
        {
            for (int i = 0; i < Count; i++) yield return First + i;
        }
    }
}
