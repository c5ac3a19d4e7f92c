using System.Globalization;
using Mesh.Reports.Exemplars;
using Mesh.Reports.Results;
using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running;
using Mesh.Simulator.Time;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab why RUN [REQUEST]</c>: the slowest and the failed requests of a run, and one of them as a waterfall.</summary>
internal static class WhyRun
{
    public static int Run(Terminal terminal, string what, string? request, IReadOnlyList<string> sets, bool json, CancellationToken cancellation)
    {
        if (Record(terminal, what, sets, cancellation) is not { } record) return ExitCode.WrongInput;
        var all = ExemplarList.Of(record);
        if (request is null)
        {
            if (json) terminal.Output.WriteLine(ExemplarJson.Write(record, all));
            else WhyView.List(terminal, record, all, what);
            return cancellation.IsCancellationRequested ? ExitCode.Stopped : ExitCode.Passed;
        }
        var chosen = Find(record, all, request, what);
        if (json) terminal.Output.WriteLine(ExemplarJson.Write(record, [chosen]));
        else WhyView.One(terminal, chosen);
        return ExitCode.Passed;
    }

    /// <summary>The stored run, or the run of a scenario; <c>null</c> after telling the scenario's problems.</summary>
    private static RunRecord? Record(Terminal terminal, string what, IReadOnlyList<string> sets, CancellationToken cancellation)
    {
        if (Directory.Exists(what) || Path.GetExtension(what) == ".meshrun")
        {
            if (sets.Count > 0) throw new InputException("--set changes a scenario; a stored run is what it is.");
            string path = StoredRun.Find(what);
            return StoredRun.IsComparison(path) ? throw new InputException($"{path}: this is a comparison; name a run, or a scenario file.") : StoredRun.Load(path);
        }
        var problems = new Problems();
        var overrides = sets.Select(set => Override.Parse(set, problems)).OfType<Override>().ToList();
        var scenario = ScenarioSource.Load(what, overrides, new ImportOptions(), problems);
        if (scenario is null || problems.HasErrors)
        {
            ProblemView.Write(terminal, problems.Sorted().Where(problem => problem.Severity == Severity.Error));
            return null;
        }
        try
        {
            var plan = new RunPlan(scenario) { Parallelism = VirtualRun.Parallelism(scenario.World) };
            return ProgressView.Show(terminal, scenario.Name, scenario.Replications, scenario.World.Duration.TotalSeconds * scenario.Replications, quiet: !terminal.IsLive,
                progress => VirtualRun.Run(plan, progress, cancellation));
        }
        catch (LivelockException stuck)
        {
            throw new InputException($"{what}: {RunCommand.Livelock(stuck)}");
        }
    }

    private static NumberedExemplar Find(RunRecord record, IReadOnlyList<NumberedExemplar> all, string request, string what)
    {
        if (int.TryParse(request, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && all.FirstOrDefault(one => one.Number == number) is { } numbered) return numbered;
        // By key, also those that the list has no room for.
        foreach (var replication in record.Replications)
            foreach (var one in replication.Exemplars)
                if (request.Length >= 4 && one.Name.StartsWith(request, StringComparison.OrdinalIgnoreCase)) return new NumberedExemplar(0, replication.Seed, one);
        throw new InputException(all.Count == 0
            ? $"{what} keeps no requests: none ended in the measured time, or the run is from before requests were kept."
            : $"{what} keeps no request '{request}'; write a number from 1 to {all.Count}, or a key. 'meshlab why {what}' lists them.");
    }
}
