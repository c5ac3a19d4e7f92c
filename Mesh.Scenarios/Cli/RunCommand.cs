using System.CommandLine;
using Mesh.Reports.Rendering;
using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running;
using Mesh.Scenarios.Running.Live;
using Mesh.Simulator.Time;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab run FILE…</c>: runs scenarios in the virtual world, or with <c>--live</c> over real sockets.</summary>
internal static class RunCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var files = new Argument<string[]>("FILE") { Description = "Scenarios, or Istio isotope service graphs.", Arity = ArgumentArity.OneOrMore };
        var sets = new Option<string[]>("--set") { Description = "Replaces a value of the file: --set mesh.defaults.timeout=300ms. May be repeated.", AllowMultipleArgumentsPerToken = false };
        var seed = new Option<string>("--seed") { Description = "The seed of the first replication." };
        var replications = new Option<string>("--replications") { Description = "How often to run, each time with the next seed." };
        var live = new Option<bool>("--live") { Description = "Runs over real sockets on this machine instead of the virtual world: one replication, unless --replications says more." };
        var isolate = new Option<bool>("--isolate") { Description = "With --live: gives every sidecar and every synthetic service a process of its own, so that crashes and pauses are real. Default: one process for all." };
        var import = new ImportArguments();
        var json = new Option<bool>("--json") { Description = "Prints one JSON document, and nothing else, on standard output." };
        var report = new Option<string>("--report") { Description = "Writes the report into this directory. Default: reports/NAME." };
        var noReport = new Option<bool>("--no-report") { Description = "Writes no report." };
        var junit = new Option<string>("--junit") { Description = "Writes the verdicts as JUnit XML." };
        var markdown = new Option<string>("--markdown") { Description = "Writes a summary in Markdown, for a pull request or a chat." };
        var trace = new Option<string>("--trace") { Description = "Writes every decision of the first replication, one a line." };
        var parallel = new Option<int?>("--parallel") { Description = "Replications at the same time. Default: one a core, as memory allows. Results do not depend on it." };
        var quiet = new Option<bool>("--quiet") { Description = "Prints no progress and no summary." };
        var command = new Command("run", "Run scenarios in the virtual world or live, judge their expectations and write a report.")
        {
            files, live, isolate, sets, seed, replications, import.Rate, import.Duration, import.ServiceTime, import.Policy, json, report, noReport, junit, markdown, trace, parallel, quiet,
        };
        command.SetAction(parsed => Run(new RunSettings
        {
            Files = parsed.GetValue(files) ?? [],
            Sets = parsed.GetValue(sets) ?? [],
            Seed = parsed.GetValue(seed),
            Replications = parsed.GetValue(replications),
            Live = parsed.GetValue(live),
            Isolate = parsed.GetValue(isolate),
            Import = import.Read(parsed),
            Json = parsed.GetValue(json),
            ReportDirectory = parsed.GetValue(report),
            NoReport = parsed.GetValue(noReport),
            JUnitFile = parsed.GetValue(junit),
            MarkdownFile = parsed.GetValue(markdown),
            TraceFile = parsed.GetValue(trace),
            Parallel = parsed.GetValue(parallel),
            Quiet = parsed.GetValue(quiet),
        }, terminal, cancellation));
        return command;
    }

    private static int Run(RunSettings settings, Terminal terminal, CancellationToken cancellation)
    {
        if (settings is { Isolate: true, Live: false }) throw new InputException("--isolate gives sidecars and services processes of their own, and the virtual world has none: add --live.");
        // Every file is read before the first one runs: a mistake in the last is told at once.
        if (ReadAll(settings, terminal) is not { } scenarios) return ExitCode.WrongInput;
        // So are the places for the results: a long run must not be lost to a missing directory.
        foreach (var scenario in scenarios) OutputPlaces.Prepare(settings, scenario);
        var runs = new List<FinishedRun>();
        foreach (var scenario in scenarios)
        {
            if (cancellation.IsCancellationRequested && runs.Count > 0) break;
            try
            {
                runs.Add(RunOne(scenario, settings, terminal, cancellation));
            }
            catch (LivelockException stuck)
            {
                terminal.Error.WriteLine($"error {scenario.File}: {Livelock(stuck)}");
                return ExitCode.WrongInput;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                terminal.Error.WriteLine($"{scenario.Name}: stopped before its mesh had started; nothing was measured.");
                return ExitCode.Stopped;
            }
        }
        RunOutput.Write(runs, settings, terminal);
        if (cancellation.IsCancellationRequested) return ExitCode.Stopped;
        return runs.TrueForAll(run => run.Record.Passed) ? ExitCode.Passed : ExitCode.ExpectationFailed;
    }

    /// <summary>What a livelock of the event loop means to the author of a scenario.</summary>
    public static string Livelock(LivelockException stuck) => $"{stuck.Message} In a scenario that means requests without end that take no time: "
        + "give the users a 'thinkTime', the service a 'serviceTime', or the network a latency.";

    private static List<ScenarioFile>? ReadAll(RunSettings settings, Terminal terminal)
    {
        var scenarios = new List<ScenarioFile>();
        bool wrong = false;
        foreach (string file in settings.Files)
        {
            var problems = new Problems();
            var overrides = settings.Overrides(problems);
            var scenario = ScenarioSource.Load(file, overrides, settings.Import, problems);
            if (settings.Live && scenario is not null)
                foreach (string problem in LiveRun.Problems(scenario.World, settings.Isolate)) problems.Error(new Place(file), "", problem);
            bool failed = scenario is null || problems.HasErrors;
            if (failed || !settings.Quiet) ProblemView.Write(terminal, problems.Sorted());
            if (!failed && !settings.Quiet) scenario!.Assumptions.ToList().ForEach(assumption => terminal.Error.WriteLine($"assumed {assumption}"));
            wrong |= failed;
            if (!failed) scenarios.Add(scenario!);
        }
        return wrong ? null : scenarios;
    }

    private static FinishedRun RunOne(ScenarioFile scenario, RunSettings settings, Terminal terminal, CancellationToken cancellation)
    {
        var plan = new RunPlan(scenario)
        {
            Parallelism = Math.Max(1, settings.Parallel ?? VirtualRun.Parallelism(scenario.World)),
            Isolate = settings.Isolate,
            TraceFile = settings.TraceFile,
            Replay = ReplayCommand.For(scenario, settings),
        };
        var record = ProgressView.Show(terminal, scenario.Name, scenario.Replications, scenario.World.Duration.TotalSeconds * scenario.Replications, settings.Quiet,
            progress => settings.Live ? LiveRun.RunAsync(plan, progress, cancellation).GetAwaiter().GetResult() : VirtualRun.Run(plan, progress, cancellation));
        return new FinishedRun(record, OutputPlaces.Report(settings, scenario) is { } directory ? HtmlReport.Write(record, directory) : null);
    }
}
