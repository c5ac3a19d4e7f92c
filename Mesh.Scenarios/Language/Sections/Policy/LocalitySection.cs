using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Where picks may go.</summary>
internal static class LocalitySection
{
    private static readonly ListShape<string> Zones = new("a list of zones such as [b, c]", Values.Name, mayBeEmpty: true);

    private static readonly TableShape<OrderedDictionary<string, double>> Shares = new(
        "shares by the caller's zone, such as {a: {a: 80%, b: 20%}}", Values.Name, new TableShape<double>("shares by zone such as {a: 80%, b: 20%}", Values.Name, Values.Percent));

    /// <summary>Where picks may go.</summary>
    public static readonly Section<LocalityConfig> Locality = new Section<LocalityConfig>("locality", "a locality policy such as {zoneAware: true}", () => new LocalityConfig())
    {
        { "zoneAware", Values.Flag, (locality, value) => locality with { ZoneAware = value }, "Whether requests stay in the caller's zone as far as all replicas stay equally loaded (Envoy). Default false." },
        { "minClusterSize", Values.Count(0), (locality, value) => locality with { MinClusterSize = value }, "Healthy replicas below which zoneAware does nothing. Default 6." },
        { "failover", new FailoverShape(), (locality, value) => locality with { Failover = value },
            "The zones that stand in for the caller's own, in order: [b, c], or by the caller's zone {a: [b], b: [a]}; the others come last. [] is: own zone first, then all others. Default none." },
        { "priorities", new ListShape<IReadOnlyList<string>>("groups of zones by priority such as [[a], [b, c]]", Zones), (locality, value) => locality with { Priorities = value },
            "Groups of zones by priority, the same for every caller; unnamed zones come last. Default none." },
        { "overprovisioningFactor", Values.PercentUpTo(10, "at most 1000%"), (locality, value) => locality with { OverprovisioningFactor = value },
            "A priority or zone keeps all of its load while its healthy share times this is 100% or more. 100% or more. Default 140% (Envoy)." },
        { "distribute", Shares, (locality, value) => locality with { Distribute = value.ToDictionary(one => one.Key, IReadOnlyDictionary<string, double> (one) => one.Value) },
            "Shares of the requests by the caller's and the callee's zone, such as {a: {a: 80%, b: 20%}}; a zone not named gets none (Istio). Default none." },
    }
    .Check(CheckCombination)
    .Check(CheckValues);

    private static void CheckCombination(LocalityConfig locality, YamlMap map, Reading reading)
    {
        Refuse(locality is { ZoneAware: true, Failover: not null }, "zoneAware", "failover makes the caller's zone a priority of its own, in which zoneAware has nothing to choose from; write one of the two.");
        Refuse(locality is { ZoneAware: true, Distribute: not null }, "zoneAware", "distribute already says each zone's share; write one of the two.");
        Refuse(locality is { Failover: not null, Distribute: not null }, "failover", "distribute already says each zone's share; write one of the two.");
        Refuse(locality is { Failover: not null, Priorities: not null }, "failover", "priorities already order the zones; write one of the two.");

        void Refuse(bool wrong, string key, string message)
        {
            if (wrong) reading.Error(map.Find(key)!, map, message);
        }
    }

    private static void CheckValues(LocalityConfig locality, YamlMap map, Reading reading)
    {
        if (locality.OverprovisioningFactor < 1) reading.Error(map.Find("overprovisioningFactor")!.Value, "a factor below 100% would send load away from healthy replicas; write 100% or more, such as 140%.");
        foreach (var (from, shares) in locality.Distribute ?? new Dictionary<string, IReadOnlyDictionary<string, double>>())
        {
            double sum = shares.Values.Sum();
            if (Math.Abs(sum - 1) > 1e-9) reading.Error(((YamlMap)map.Find("distribute")!.Value).Find(from)!.Value, $"the shares of callers in '{from}' add up to {sum * 100:0.######}%; make them 100%.");
        }
        CheckOnce(locality.Priorities?.SelectMany(zones => zones), "priorities");
        foreach (var zones in locality.Failover?.Values ?? []) CheckOnce(zones, "failover");

        void CheckOnce(IEnumerable<string>? zones, string key)
        {
            foreach (var twice in (zones ?? []).GroupBy(zone => zone, StringComparer.Ordinal).Where(group => group.Count() > 1))
                reading.Error(map.Find(key)!.Value, $"the zone '{twice.Key}' is there twice; keep one.");
        }
    }

    /// <summary>A list for every caller, or lists by the caller's zone.</summary>
    private sealed class FailoverShape : Shape<IReadOnlyDictionary<string, IReadOnlyList<string>>>
    {
        private static readonly TableShape<IReadOnlyList<string>> ByZone = new("zones by the caller's zone, such as {a: [b], b: [a]}", Values.Name, Zones);

        public override string Label => $"{Zones.Label}, or {ByZone.Label}";

        public override IEnumerable<IShape> Parts => [Zones, ByZone];

        public override bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out IReadOnlyDictionary<string, IReadOnlyList<string>> result)
        {
            result = null;
            switch (value)
            {
                case YamlList when Zones.TryRead(value, reading, out var zones):
                    result = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { [LocalityConfig.AnyZone] = zones };
                    break;
                case YamlMap when ByZone.TryRead(value, reading, out var byZone):
                    result = byZone;
                    break;
                case YamlScalar:
                    reading.Error(value, $"needs {Label}, but there is {value.Kind}.");
                    break;
                default:
                    break;
            }
            return result is not null;
        }

        public override JsonObject Schema(SchemaDefinitions definitions) => new()
        {
            ["anyOf"] = new JsonArray(Zones.Schema(definitions), ByZone.Schema(definitions)),
        };
    }
}
