using Mesh.Reports.Comparisons;
using Mesh.Reports.Results;
using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Experiments;

/// <summary>A variant that is ready to run.</summary>
/// <param name="Told">What reports say about it.</param>
/// <param name="Scenario">Its scenario.</param>
internal sealed record Variant(ComparedVariant Told, ScenarioFile Scenario)
{
    public string Name => Told.Name;
}

/// <summary>Makes the variants: every file with every combination of the varied values, the last setting changing fastest.</summary>
internal static class Variants
{
    /// <summary>What the variants are, before anything is read.</summary>
    public static IReadOnlyList<ComparedVariant> Plan(IReadOnlyList<string> files, IReadOnlyList<Vary> varies)
    {
        var names = FileNames(files);
        return [.. from file in files.Select((path, index) => (Path: path, Name: names[index]))
                   from values in Combinations(varies)
                   select new ComparedVariant(Name(files.Count > 1 ? file.Name : "", varies, values), file.Path,
                       [.. varies.Zip(values, (vary, value) => new RunSetting(vary.Path, value))])];
    }

    /// <summary>Reads a variant, or returns <c>null</c> after telling its problems.</summary>
    /// <param name="told">The variant.</param>
    /// <param name="before">Overrides that all variants share.</param>
    /// <param name="after">Overrides that win over the varied values.</param>
    /// <param name="problems">Told what is wrong.</param>
    public static Variant? Read(ComparedVariant told, IReadOnlyList<Override> before, IReadOnlyList<Override> after, Problems problems)
    {
        Override[] overrides = [.. before, .. told.Settings.Select(setting => new Vary(setting.Name, []).With(setting.Value)), .. after];
        var scenario = ScenarioSource.Load(told.File, overrides, new ImportOptions(), problems);
        return scenario is null || problems.HasErrors ? null : new Variant(told, scenario);
    }

    private static string Name(string file, IReadOnlyList<Vary> varies, IReadOnlyList<string> values)
    {
        bool clear = varies.Select(vary => vary.ShortName).Distinct().Count() == varies.Count;
        string settings = string.Join(", ", varies.Zip(values, (vary, value) => $"{(clear ? vary.ShortName : vary.Path)}={value}"));
        return file.Length == 0 ? settings : settings.Length == 0 ? file : $"{file}: {settings}";
    }

    /// <summary>Files by their bare names, where that tells them apart.</summary>
    private static IReadOnlyList<string> FileNames(IReadOnlyList<string> files)
    {
        string[] bare = [.. files.Select(file => Path.GetFileNameWithoutExtension(file))];
        return bare.Distinct().Count() == bare.Length ? bare : files;
    }

    private static IEnumerable<IReadOnlyList<string>> Combinations(IReadOnlyList<Vary> varies) =>
        varies.Aggregate<Vary, IEnumerable<IReadOnlyList<string>>>([[]], (so, vary) => so.SelectMany(values => vary.Values.Select(value => (string[])[.. values, value])));
}
