using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Import;

/// <summary>Loads what <c>run</c> and <c>validate</c> are given: a scenario, or a service graph that becomes one.</summary>
internal static class ScenarioSource
{
    /// <summary>The scenario, or <c>null</c> after telling its problems.</summary>
    /// <param name="file">The file.</param>
    /// <param name="overrides">Values that replace the file's.</param>
    /// <param name="options">What a service graph does not say.</param>
    /// <param name="problems">Told what is wrong.</param>
    public static ScenarioFile? Load(string file, IReadOnlyList<Override> overrides, ImportOptions options, Problems problems)
    {
        return YamlFile.ReadText(file, problems) is { } text ? new ScenarioText(file, text, overrides, options).Read(problems) : null;
    }

    /// <summary>The scenario in a text, or <c>null</c> after telling its problems.</summary>
    public static ScenarioFile? Read(ScenarioText source, Problems problems)
    {
        var (file, text, overrides, options) = source;
        if (YamlTree.Parse(text, file, problems) is not { } root) return null;
        if (!IsotopeImport.Recognises(root)) return LoadScenario(root, file, overrides, options, problems);
        var imported = IsotopeImport.Import(root, Path.GetFileNameWithoutExtension(file), options, problems);
        if (imported is null) return null;
        return ScenarioReader.ReadTree(imported.Scenario, file, overrides, problems) is { } scenario ? scenario with { Assumptions = imported.Assumptions } : null;
    }

    private static ScenarioFile? LoadScenario(YamlValue root, string file, IReadOnlyList<Override> overrides, ImportOptions options, Problems problems)
    {
        if (options.Policy is not null) Refuse("--policy", "a scenario says its policy itself; change a part of it with --set mesh.defaults.timeout=300ms.");
        if (options.ServiceTime is not null) Refuse("--service-time", "a scenario says its service times itself; change one with --set services.NAME.serviceTime=5ms.");
        if (options.Rate is { } rate && root is YamlMap map && ReplaceRate(map, rate, problems) is { } changed) root = changed;
        if (options.Duration is { } duration) overrides = [new Override("duration", duration, $"--duration {duration}"), .. overrides];
        return ScenarioReader.ReadTree(root, file, overrides, problems);

        void Refuse(string option, string message) => problems.Error(new Place(option), "", message);
    }

    /// <summary>The scenario with one constant rate instead of its only workload's stages.</summary>
    private static YamlMap? ReplaceRate(YamlMap root, string rate, Problems problems)
    {
        var place = new Place($"--rate {rate}");
        if (root.Find("workload") is { Value: YamlList { Items: [YamlMap workload] } list } entry)
        {
            var others = workload.Entries.Where(one => one.Key is not ("rate" or "stages"));
            var changed = new YamlMap(workload.Place, [.. others, new YamlEntry("rate", place, new YamlScalar(place, rate, isQuoted: false))]);
            return new YamlMap(root.Place, [.. root.Entries.Select(one => one == entry ? one with { Value = new YamlList(list.Place, [changed]) } : one)]);
        }
        problems.Error(place, "", "--rate needs a scenario with exactly one workload; name the workload with --set workload[NAME].rate=100/s.");
        return null;
    }
}
