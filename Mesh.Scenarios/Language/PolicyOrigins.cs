using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Sections;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language;

/// <summary>One setting in effect.</summary>
/// <param name="Key">Its key's path within the policy, <c>retries.attempts</c>.</param>
/// <param name="Value">Its value as one would write it.</param>
/// <param name="Origin">A place of the file, the profile's name, or "MeshLab's default".</param>
internal sealed record EffectiveSetting(string Key, string Value, string Origin);

/// <summary>
/// Where each setting in effect comes from. A key comes as a whole from the highest layer that has it (route, service, defaults, profile);
/// what its mapping leaves out has MeshLab's default, and what 'limits' leaves out the profile's.
/// </summary>
internal sealed class PolicyOrigins
{
    private const string Own = "MeshLab's default";
    private readonly MeshConfig _mesh;
    private readonly YamlMap? _written;

    public PolicyOrigins(ScenarioFile scenario)
    {
        _mesh = scenario.World.Mesh;
        _written = scenario.Sources.ValueOf(_mesh) as YamlMap;
    }

    /// <summary>The settings that hold for a service as a whole.</summary>
    public IReadOnlyList<EffectiveSetting> OfService(string service) => Settings(PolicySection.Policy, LayersOf(service), ProfileFor(service), except: "routes");

    /// <summary>The settings of a service's routes, by the route's name or number.</summary>
    public IEnumerable<(string Route, IReadOnlyList<EffectiveSetting> Settings)> OfRoutes(string service)
    {
        var layers = LayersOf(service);
        if (layers.Select(layer => layer.Find("routes")).FirstOrDefault(found => found is not null)?.Value is not YamlList routes) yield break;
        for (int i = 0; i < routes.Items.Count; i++)
        {
            if (routes.Items[i] is not YamlMap route) continue;
            string name = (route.Find("name")?.Value as YamlScalar)?.Text ?? $"{i}";
            yield return (name, Settings(Sections.Policy.RouteSection.Route, [route, .. layers], ProfileFor(service), except: "name"));
        }
    }

    /// <summary>The mappings that the file has for a service, the one that counts most first.</summary>
    private YamlMap[] LayersOf(string service) =>
        [.. new[] { (_written?.Find("services")?.Value as YamlMap)?.Find(service)?.Value, _written?.Find("defaults")?.Value }.OfType<YamlMap>()];

    private PolicyConfig? ProfileFor(string service) => _mesh.Profile is { } profile ? MeshProfiles.PolicyOf(profile, _mesh.WrittenFor(service)) : null;

    private List<EffectiveSetting> Settings(ISection section, IReadOnlyList<YamlMap> layers, PolicyConfig? profile, string except)
    {
        var settings = new List<EffectiveSetting>();
        foreach (var key in section.Keys)
        {
            if (key.Name == except) continue;
            if (layers.Select(layer => layer.Find(key.Name)).FirstOrDefault(found => found is not null) is { } entry) Written(settings, key.Name, key.Shape, entry.Value, key.Name == "limits" ? profile?.Limits : null);
            else if (ConfigText.ValueOf(profile, key.Name) is { } value) settings.AddRange(ConfigText.Flatten(key.Name, value).Select(one => new EffectiveSetting(one.Key, one.Value, OfProfile)));
            else settings.Add(new EffectiveSetting(key.Name, DefaultOf(PolicySection.Policy.Keys.FirstOrDefault(policy => policy.Name == key.Name) ?? key), Own));
        }
        return settings;
    }

    private void Written(List<EffectiveSetting> settings, string path, IShape shape, YamlValue value, object? below = null)
    {
        // A match is read as a whole: what it leaves out is no setting.
        if (value is not YamlMap map || path == "match" || SectionIn(shape, map) is not { } section)
        {
            settings.Add(new EffectiveSetting(path, Text(value), value.Place.ToString()));
            return;
        }
        foreach (var key in section.Keys)
        {
            if (map.Find(key.Name) is { } entry) Written(settings, $"{path}.{key.Name}", key.Shape, entry.Value);
            else if (ConfigText.ValueOf(below, key.Name) is { } lower) settings.Add(new EffectiveSetting($"{path}.{key.Name}", ConfigText.Of(lower), OfProfile));
            else settings.Add(new EffectiveSetting($"{path}.{key.Name}", DefaultOf(key), Own));
        }
    }

    private string OfProfile => $"profile {ConfigText.Of(_mesh.Profile!)}";

    /// <summary>The section that reads a mapping: the shape itself, or the part of it that knows the mapping's keys.</summary>
    private static ISection? SectionIn(IShape shape, YamlMap map) => shape switch
    {
        ISection section => map.Entries.All(entry => section.Keys.Any(key => key.Name == entry.Key)) ? section : null,
        _ when IsCollection(shape) => null,
        _ => shape.Parts.Select(part => SectionIn(part, map)).FirstOrDefault(found => found is not null),
    };

    private static bool IsCollection(IShape shape) =>
        shape.GetType() is { IsGenericType: true } type && (type.GetGenericTypeDefinition() == typeof(ListShape<>) || type.GetGenericTypeDefinition() == typeof(TableShape<>));

    private static string Text(YamlValue value) => value switch
    {
        YamlScalar scalar => scalar.Text,
        YamlList list => $"[{string.Join(", ", list.Items.Select(Text))}]",
        YamlMap map => $"{{{string.Join(", ", map.Entries.Select(entry => $"{entry.Key}: {Text(entry.Value)}"))}}}",
        _ => "",
    };

    /// <summary>What the key's documentation says of its default.</summary>
    private static string DefaultOf(IKey key)
    {
        int at = key.Documentation.LastIndexOf("Default", StringComparison.Ordinal);
        return at < 0 ? "-" : key.Documentation[(at + "Default".Length)..].TrimStart(':', ' ').TrimEnd('.');
    }
}
