using System.Globalization;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Checks;
using Mesh.Scenarios.Language.Sections;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language;

/// <summary>
/// Reads the desired configuration of a live mesh: the parts of a scenario that a mesh in operation has too (<c>zones</c>, <c>services</c>, <c>mesh</c>), spread over files as their authors like. Together
/// they are one configuration, and what two of them say of the same thing is an error.
/// </summary>
internal static class DesiredReader
{
    private static readonly Section<Draft> Root = new("desired", "a configuration, which begins with 'version: 1'", () => new Draft())
    {
        { "version", ScenarioSection.Version, (draft, _) => draft, "The version of the language: 1.", Presence.Required },
        { "zones", ScenarioSection.Zones, (draft, value) => draft with { Zones = value }, "The zones that endpoints stand in. Default: zones are not used." },
        { "services", ServiceSection.Services, (draft, value) => draft with { Services = value }, "The services, by name. 'address' says where a service runs; without it discovery finds out." },
        { "mesh", PolicySection.Mesh, (draft, value) => draft with { Mesh = value }, "The mesh's policy." },
    };

    /// <summary>What the files say together, or <c>null</c> after telling everything that is wrong.</summary>
    public static DesiredState? Read(IReadOnlyList<ConfigurationFile> files, Problems problems)
    {
        var trees = new List<YamlValue>();
        foreach (var file in files)
        {
            if (string.IsNullOrWhiteSpace(file.Text)) problems.Error(new Place(file.Name), "", "the file is empty; a configuration begins with 'version: 1'.");
            else if (YamlTree.Parse(file.Text, file.Name, problems) is { } tree) trees.Add(tree);
        }
        if (problems.HasErrors) return null;
        if (trees.Count == 0) return DesiredState.Empty;

        var root = Merge(trees, problems);
        root.Locate("");
        var reading = new Reading(problems, new SourceMap(root.Place));
        if (!Root.TryRead(root, reading, out var draft)) return null;
        var world = reading.Derive(draft, new WorldConfig { Duration = TimeSpan.Zero, Zones = draft.Zones, Services = draft.Services, Mesh = draft.Mesh });
        // Without any service, every other name would be unknown too: discovery knows them.
        if (world.Services.Count > 0)
        {
            NameChecks.Run(world, reading);
            RouteChecks.Run(world, reading);
        }
        if (problems.HasErrors) return null;
        var state = new DesiredState(world.Mesh, world.Services.ToDictionary(service => service.Name, Endpoints, StringComparer.Ordinal));
        foreach (string problem in state.Problems()) problems.Error(root.Place, "mesh", problem);
        return problems.HasErrors ? null : state;
    }

    /// <summary>All files as one: their tables are joined; a key that stands twice is told with both places.</summary>
    private static YamlValue Merge(IReadOnlyList<YamlValue> trees, Problems problems) => trees.Aggregate((all, next) => Join(all, next, "", problems));

    private static YamlValue Join(YamlValue left, YamlValue right, string path, Problems problems)
    {
        if (left is not YamlMap first || right is not YamlMap second) return left;   // the shape tells what is wrong with it
        var entries = first.Entries.ToList();
        foreach (var entry in second.Entries)
        {
            int known = entries.FindIndex(one => one.Key == entry.Key);
            if (known < 0) entries.Add(entry);
            else if (path.Length == 0 && entry.Key == "version") CheckVersion(entries[known], entry, problems);
            else if (path.Length == 0 && entry.Key is "services" or "mesh" || path == "mesh" && entry.Key == "services")
                entries[known] = entries[known] with { Value = Join(entries[known].Value, entry.Value, path.Length == 0 ? entry.Key : $"{path}.{entry.Key}", problems) };
            else problems.Error(entry.KeyPlace, path.Length == 0 ? entry.Key : $"{path}.{entry.Key}", $"'{entry.Key}' stands at {entries[known].KeyPlace} too; keep one.");
        }
        return new YamlMap(first.Place, entries);
    }

    private static void CheckVersion(YamlEntry first, YamlEntry second, Problems problems)
    {
        if (first.Value is YamlScalar one && second.Value is YamlScalar two && one.Text != two.Text)
            problems.Error(second.Value.Place, "version", $"the version '{two.Text}' is another than at {first.Value.Place}; all files are of version 1.");
    }

    private static IReadOnlyList<ObservedEndpoint> Endpoints(ServiceConfig service) => [.. (service.Live?.Addresses ?? []).Select(address => new ObservedEndpoint
    {
        Address = AddressOf(address),
        Weight = service.Versions[0].Weight,
        Readiness = EndpointReadiness.Ready,
        Labels = [.. service.Versions[0].Labels.OrderBy(label => label.Key, StringComparer.Ordinal)],
    })];

    private static EndpointAddress AddressOf(string text)
    {
        int colon = text.LastIndexOf(':');
        return new EndpointAddress(text[..colon].Trim('[', ']'), int.Parse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }

    private sealed record Draft
    {
        public IReadOnlyList<string> Zones { get; init; } = [];

        public IReadOnlyList<ServiceConfig> Services { get; init; } = [];

        public MeshConfig Mesh { get; init; } = new();
    }
}
