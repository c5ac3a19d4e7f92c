using System.CommandLine;
using Mesh.Reports.Comparisons;
using Mesh.Scenarios.Experiments;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator.Time;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab compare FILE…</c>: the same scenario under several policies, or several scenarios, on the same seeds.</summary>
internal static class CompareCommand
{
    private const int MostVariants = 64;

    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var files = new Argument<string[]>("FILE") { Description = "Scenarios. With several, each is a variant.", Arity = ArgumentArity.OneOrMore };
        var vary = new Option<string[]>("--vary") { Description = "A setting and its values, each a variant: --vary mesh.defaults.loadBalancer=roundRobin,leastRequest. May be repeated: every combination is a variant.", AllowMultipleArgumentsPerToken = false };
        var load = new Option<string>("--load") { Description = "Factors of all rates, such as 0.5,0.7,0.9. Default 1: as written." };
        var baseline = new Option<string>("--baseline") { Description = "The variant that the others are compared with. Default: the first." };
        var sets = new Option<string[]>("--set") { Description = "Replaces a value in every variant.", AllowMultipleArgumentsPerToken = false };
        var seed = new Option<string>("--seed") { Description = "The seed of the first replication, for every variant. Default: the first file's." };
        var replications = new Option<string>("--replications") { Description = $"How often each variant runs at each load; at least 2. Default: the first file's, if 2 or more, else {CompareSettings.DefaultReplications}." };
        var json = new Option<bool>("--json") { Description = "Prints one JSON document, and nothing else, on standard output." };
        var report = new Option<string>("--report") { Description = "Writes the report into this directory. Default: reports/compare-NAME." };
        var noReport = new Option<bool>("--no-report") { Description = "Writes no report." };
        var parallel = new Option<int?>("--parallel") { Description = "Replications at the same time. Default: one a core, as memory allows. Results do not depend on it." };
        var quiet = new Option<bool>("--quiet") { Description = "Prints no progress and no table." };
        var command = new Command("compare", "Run variants of a scenario on the same seeds, and tell how they differ. Expectations of the files are not judged.")
        {
            files, vary, load, baseline, sets, seed, replications, json, report, noReport, parallel, quiet,
        };
        command.SetAction(parsed => Run(new CompareSettings
        {
            Files = parsed.GetValue(files) ?? [],
            Vary = parsed.GetValue(vary) ?? [],
            Load = parsed.GetValue(load),
            Baseline = parsed.GetValue(baseline),
            Sets = parsed.GetValue(sets) ?? [],
            Seed = parsed.GetValue(seed),
            Replications = parsed.GetValue(replications),
            Json = parsed.GetValue(json),
            ReportDirectory = parsed.GetValue(report),
            NoReport = parsed.GetValue(noReport),
            Parallel = parsed.GetValue(parallel),
            Quiet = parsed.GetValue(quiet),
        }, terminal, cancellation));
        return command;
    }

    private static int Run(CompareSettings settings, Terminal terminal, CancellationToken cancellation)
    {
        if (Plan(settings, terminal) is not { } plan) return ExitCode.WrongInput;
        string? directory = settings.NoReport ? null : settings.ReportDirectory ?? Path.Combine("reports", "compare-" + plan.Variants[0].Scenario.Name);
        OutputPlaces.Prepare("--report", directory);
        ComparisonRecord? record;
        try
        {
            record = ProgressView.Show(terminal, plan.Variants[0].Scenario.Name, plan.Worlds, plan.VirtualSeconds, settings.Quiet, progress => ComparisonRun.Run(plan, progress, cancellation));
        }
        catch (LivelockException stuck)
        {
            throw new InputException(RunCommand.Livelock(stuck));
        }
        if (record is null)
        {
            terminal.Error.WriteLine("stopped before every variant had run once: there is nothing to compare.");
            return ExitCode.Stopped;
        }
        var table = new ComparisonTable(record);
        string? page = directory is null ? null : ComparisonReport.Write(table, directory);
        if (settings.Json) terminal.Output.WriteLine(ComparisonJson.Write(table));
        else if (!settings.Quiet) CompareView.Write(terminal, table, page);
        return cancellation.IsCancellationRequested ? ExitCode.Stopped : ExitCode.Passed;
    }

    private static ComparisonPlan? Plan(CompareSettings settings, Terminal terminal)
    {
        var problems = new Problems();
        var varies = settings.Varies(problems);
        var loads = settings.Loads(problems);
        var sets = settings.Sets.Select(set => Override.Parse(set, problems)).OfType<Override>().ToList();
        if (problems.HasErrors)
        {
            ProblemView.Write(terminal, problems.Sorted());
            return null;
        }
        var told = Variants.Plan([.. settings.Files.Distinct()], varies);
        if (told.Count < 2) throw new InputException("compare needs at least two variants: vary a setting (--vary mesh.defaults.loadBalancer=roundRobin,leastRequest), or name several files.");
        if (told.Count > MostVariants) throw new InputException($"these are {told.Count} variants; at most {MostVariants} are compared at once. Vary fewer settings.");
        string baseline = Baseline(settings, told);
        return ReadAll(told, settings, sets, terminal) is { } variants ? new ComparisonPlan
        {
            Variants = variants,
            Baseline = baseline,
            Loads = loads,
            Parallel = settings.Parallel,
            Replay = settings.Replay(variants[0].Scenario.World.Seed, variants[0].Scenario.Replications),
        } : null;
    }

    /// <summary>Reads every variant. A problem that several share is told once, under the first of them.</summary>
    private static List<Variant>? ReadAll(IReadOnlyList<ComparedVariant> told, CompareSettings settings, IReadOnlyList<Override> sets, Terminal terminal)
    {
        var variants = new List<Variant>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var after = new List<Override>();
        if (settings.Seed is { } seed) after.Add(new Override("seed", seed, $"--seed {seed}"));
        if (settings.Replications is { } replications) after.Add(new Override("replications", replications, $"--replications {replications}"));
        foreach (var one in told)
        {
            var problems = new Problems();
            var variant = Variants.Read(one, sets, after, problems);
            var fresh = problems.Sorted().Where(problem => variant is null ? problem.Severity == Severity.Error : !settings.Quiet).Where(problem => seen.Add(problem.ToString())).ToList();
            if (fresh.Count > 0) terminal.Error.WriteLine($"variant '{one.Name}':");
            ProblemView.Write(terminal, fresh);
            if (variant is not null) variants.Add(variant);
        }
        return variants.Count == told.Count ? Paired(variants, settings) : null;
    }

    /// <summary>The variants with the first one's seed and as many replications: what makes pairs of their runs.</summary>
    private static List<Variant> Paired(List<Variant> variants, CompareSettings settings)
    {
        var first = variants[0].Scenario;
        if (settings.Replications is not null && first.Replications < 2) throw new InputException("--replications: a difference needs at least 2 pairs to have an interval; 5 are a good beginning.");
        int replications = first.Replications >= 2 ? first.Replications : CompareSettings.DefaultReplications;
        return [.. variants.Select(variant => variant with
        {
            Scenario = variant.Scenario with { Replications = replications, World = variant.Scenario.World with { Seed = first.World.Seed } },
        })];
    }

    private static string Baseline(CompareSettings settings, IReadOnlyList<ComparedVariant> told)
    {
        if (settings.Baseline is not { } wanted) return told[0].Name;
        if (told.FirstOrDefault(variant => variant.Name == wanted) is { } exact) return exact.Name;
        // A value alone names its variant where one setting varies.
        var byValue = told.Where(variant => variant.Settings.Any(setting => setting.Value == wanted)).ToList();
        if (byValue.Count == 1) return byValue[0].Name;
        throw new InputException($"--baseline {wanted}: there is no such variant.{Suggest.From(wanted, [.. told.Select(variant => variant.Name)], "The variants are")}");
    }
}
