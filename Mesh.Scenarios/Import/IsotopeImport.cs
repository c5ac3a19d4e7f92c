using System.Globalization;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using static Mesh.Scenarios.Language.Yaml.YamlBuilder;

namespace Mesh.Scenarios.Import;

/// <summary>A service graph turned into a scenario.</summary>
/// <param name="Scenario">The scenario's tree; places are those of the graph.</param>
/// <param name="Assumptions">What the graph did not say and was assumed, one sentence each.</param>
internal sealed record Imported(YamlMap Scenario, IReadOnlyList<string> Assumptions);

/// <summary>
/// Imports Istio's isotope service graphs. The format says nothing of service times, workers, load or policy: those are assumed, and each assumption is told.
/// </summary>
internal sealed class IsotopeImport
{
    private const string DefaultServiceTime = "{mean: 1ms, p99: 5ms}";
    private const string DefaultLatency = "{mean: 0.25ms, p99: 1ms}";

    private readonly YamlMap _root;
    private readonly ImportOptions _options;
    private readonly Problems _problems;
    private readonly IsotopeValues _values;
    private readonly YamlMap _defaults;
    private readonly List<string> _assumptions = [];

    private IsotopeImport(YamlMap root, ImportOptions options, Problems problems)
    {
        _root = root;
        _options = options;
        _problems = problems;
        _values = new IsotopeValues(problems);
        _defaults = root.Find("defaults")?.Value as YamlMap ?? new YamlMap(root.Place, []);
    }

    /// <summary>Whether a document is an isotope graph: its services are a list, where a scenario's are a mapping.</summary>
    public static bool Recognises(YamlValue root) => root is YamlMap map && map.Find("version") is null && map.Find("services")?.Value is YamlList;

    /// <summary>The scenario, or <c>null</c> after telling what is wrong with the graph.</summary>
    public static Imported? Import(YamlValue root, string name, ImportOptions options, Problems problems)
    {
        var import = new IsotopeImport((YamlMap)root, options, problems);
        var scenario = import.Scenario(name);
        return problems.HasErrors ? null : new Imported(scenario, import._assumptions);
    }

    private YamlMap Scenario(string name)
    {
        var services = ReadServices();
        var (duration, warmup) = Times();
        var clusters = services.Select(service => service.Cluster).OfType<string>().Distinct().ToList();
        _assumptions.Add($"every service works {_options.ServiceTime ?? DefaultServiceTime} for a request, on 16 workers a replica, with room for 1024 to wait (isotope says nothing; --service-time)");
        _assumptions.Add($"a message takes {DefaultLatency} one way");
        _assumptions.Add($"mesh policy '{_options.Policy ?? "istio"}' (--policy {string.Join('|', PolicyPresets.All.Keys)})");
        _assumptions.Add($"the first {Notation.Duration(warmup)} of {Notation.Duration(duration)} are warm-up");
        return Map(_root.Place,
            ("version", Text("1")),
            ("name", Text(SafeName(name))),
            ("description", Text($"Imported from the isotope service graph {name}.")),
            ("duration", Text(Notation.Duration(duration))),
            ("warmup", Text(Notation.Duration(warmup))),
            ("zones", clusters.Count == 0 ? null : List(_root.Place, clusters.Select(Text))),
            ("network", Fragment($"{{sameZone: {{latency: {DefaultLatency}}}{(clusters.Count == 0 ? "" : ", crossZone: {latency: {mean: 2ms, p99: 6ms}}")}}}", "network")),
            ("services", Map(_root.Place, services.Select(service => (service.Name, (YamlValue?)service.Value)))),
            ("mesh", Policy()),
            ("workload", Workload(services)));
    }

    private List<Service> ReadServices()
    {
        var items = ((YamlList)_root.Find("services")!.Value).Items;
        var names = new HashSet<string>(items.OfType<YamlMap>().Select(item => _values.Text(item, "name")?.Text).OfType<string>(), StringComparer.Ordinal);
        var script = new IsotopeScript(_values, names, _values.Size(_defaults, "requestSize"));
        var services = new List<Service>();
        foreach (var item in items)
        {
            if (item is not YamlMap map || _values.Text(map, "name") is not { } name) _problems.Error(item.Place, "services", "every service needs a 'name'.");
            else if (services.Exists(known => known.Name == name.Text)) _problems.Error(name.Place, "services", $"the service '{name.Text}' is there twice.");
            else services.Add(ReadService(map, name.Text, script));
        }
        if (items.Count == 0) _problems.Error(_root.Place, "services", "the graph has no service.");
        return services;
    }

    private Service ReadService(YamlMap map, string name, IsotopeScript script)
    {
        var place = map.Place;
        var called = new List<string>();
        var calls = script.Read((map.Find("script") ?? _defaults.Find("script"))?.Value, called);
        var response = map.Find("responseSize") is null ? _values.Size(_defaults, "responseSize") : _values.Size(map, "responseSize");
        var errors = map.Find("errorRate") is null ? _values.Percentage(_defaults, "errorRate") : _values.Percentage(map, "errorRate");
        int replicas = _values.Count(map, "numReplicas") ?? _values.Count(_defaults, "numReplicas") ?? 1;
        string? cluster = _values.Text(map, "cluster")?.Text;
        var endpoint = calls is null && response is null ? null
            : List(place, [Map(place, ("path", Scalar(place, "/")), ("responseSize", response), ("calls", calls))]);
        var service = Map(place,
            ("replicas", Scalar(place, replicas)),
            ("zones", cluster is null ? null : Map(place, (cluster, Scalar(place, replicas)))),
            ("serviceTime", Fragment(_options.ServiceTime ?? DefaultServiceTime, "--service-time")),
            ("errorRate", errors),
            ("namespace", _values.Text(map, "namespace")),
            ("labels", map.Find("labels")?.Value as YamlMap is { Entries.Count: > 0 } labels ? labels : null),
            ("endpoints", endpoint));
        return new Service(name, service, called, _values.Text(map, "isEntrypoint")?.Text == "true", cluster);
    }

    private YamlList Workload(List<Service> services)
    {
        var entries = services.Where(service => service.IsEntry).ToList();
        if (entries.Count == 0)
        {
            var called = services.SelectMany(service => service.Called).ToHashSet(StringComparer.Ordinal);
            entries = [.. services.Where(service => !called.Contains(service.Name))];
            if (entries.Count == 0) entries = [.. services.Take(1)];
            _assumptions.Add($"load enters at {string.Join(", ", entries.Select(entry => entry.Name))} (no service is marked isEntrypoint, and nobody calls these)");
        }
        string rate = _options.Rate ?? "100/s";
        if (_options.Rate is null) _assumptions.Add($"the load is {rate} (--rate)");
        if (Quantity.Rate.Parse(rate, out double perSecond) is { } problem) _problems.Error(new Place($"--rate {rate}"), "", problem);
        if (entries.Count > 1) _assumptions.Add($"the load is shared equally among the {entries.Count} entry points");
        string each = entries.Count == 1 ? rate : (perSecond / entries.Count).ToString("0.######", CultureInfo.InvariantCulture) + "/s";
        return List(_root.Place, entries.Select(entry => Map(_root.Place, ("name", Text(entry.Name)), ("to", Text(entry.Name)), ("rate", Text(each)))));
    }

    private (double Duration, double Warmup) Times()
    {
        string text = _options.Duration ?? "60s";
        if (Quantity.Duration.Parse(text, out double duration) is { } problem) _problems.Error(new Place($"--duration {text}"), "", problem);
        return (duration, Math.Min(10, duration / 10));
    }

    private YamlValue? Policy()
    {
        string name = _options.Policy ?? "istio";
        if (PolicyPresets.All.TryGetValue(name, out string? policy)) return Fragment(policy, $"policy '{name}'");
        _problems.Error(new Place($"--policy {name}"), "", $"there is no policy '{name}'.{Suggest.From(name, [.. PolicyPresets.All.Keys], "Policies")} Any other goes into --set mesh.defaults...");
        return null;
    }

    private YamlScalar Text(string text) => Scalar(_root.Place, text);

    private YamlValue? Fragment(string yaml, string argument) => YamlTree.ParseArgument(yaml, argument, _problems);

    private static string SafeName(string name)
    {
        string safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '-')).TrimStart('.', '-', '_');
        return safe.Length == 0 ? "imported" : safe;
    }

    private sealed record Service(string Name, YamlMap Value, IReadOnlyList<string> Called, bool IsEntry, string? Cluster);
}
