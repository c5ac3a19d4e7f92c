using Mesh.Scenarios.Expectations;
using Mesh.Scenarios.Language.Checks;
using Mesh.Scenarios.Language.Sections;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language;

/// <summary>Reads scenario files. All problems are told at once, as far as one does not hide another.</summary>
internal static class ScenarioReader
{
    /// <summary>The scenario in <paramref name="file"/> with the overrides in it, or <c>null</c> after telling its problems.</summary>
    public static ScenarioFile? Read(string file, IReadOnlyList<Override> overrides, Problems problems)
    {
        string? text = YamlFile.ReadText(file, problems);
        return text is null ? null : ReadText(text, file, overrides, problems);
    }

    /// <summary>The scenario in <paramref name="text"/>, whose places are told under the name <paramref name="file"/>.</summary>
    public static ScenarioFile? ReadText(string text, string file, IReadOnlyList<Override> overrides, Problems problems)
    {
        var root = YamlTree.Parse(text, file, problems);
        return root is null ? null : ReadTree(root, file, overrides, problems);
    }

    /// <summary>The scenario in a tree that was parsed before.</summary>
    public static ScenarioFile? ReadTree(YamlValue root, string file, IReadOnlyList<Override> overrides, Problems problems)
    {
        foreach (var one in overrides) root = one.ApplyTo(root, problems);
        root.Locate("");
        var reading = new Reading(problems, new SourceMap(new Place(file)));
        if (!ScenarioSection.Root.TryRead(root, reading, out var draft)) return null;

        var world = reading.Derive(draft, draft.ToWorld(reading));
        // Without any service, every other name would be unknown too.
        if (world.Services.Count > 0)
        {
            NameChecks.Run(world, reading);
            RouteChecks.Run(world, reading);
            FaultChecks.Run(world, reading);
        }
        TimeChecks.Run(world, reading);
        var graph = CallGraph.Of(world);
        EndlessCalls.Run(graph, reading);
        var expectations = ExpectationParser.ParseAll(draft.Expect, world, problems);
        if (problems.HasErrors) return null;

        Advice.Run(world, graph, reading);
        return new ScenarioFile
        {
            File = file,
            Name = draft.Name ?? Path.GetFileNameWithoutExtension(file),
            Description = draft.Description,
            Replications = draft.Replications,
            World = world,
            Expectations = expectations,
            Warnings = [.. problems.Sorted().Where(problem => problem.Severity == Severity.Warning)],
            Sources = reading.Sources,
        };
    }
}
