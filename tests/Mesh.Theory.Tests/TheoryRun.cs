using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Mesh.Reports.Results;
using Mesh.Reports.Statistics;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;
using Xunit.Sdk;

namespace Mesh.Theory.Tests;

/// <summary>Runs a scenario text through the language, the full pipelines and the recorder, with the seeds 1 to R, and none chosen.</summary>
internal static class TheoryRun
{
    /// <summary>The mean service time of every scenario here, in seconds: results come in units of it.</summary>
    public const double ServiceTime = 0.01;

    /// <summary>
    /// The confidence of each interval. The closed form must lie inside every one of about 40 intervals in the suite;
    /// at 99.9% each, all do with probability 96% (Bonferroni), where 95% each would fail two.
    /// </summary>
    public const double Confidence = 0.999;

    /// <summary>
    /// The long suite (MESHLAB_SUITE=long) runs every request asked for and demands the precision asked for;
    /// the fast one runs a twelfth, whose intervals are 3.5 times as wide, and allows them to be a quarter wider than that.
    /// </summary>
    private static readonly bool Long = Environment.GetEnvironmentVariable("MESHLAB_SUITE") == "long";

    /// <summary>The share of the requests asked for that this suite runs.</summary>
    public static double Effort => Long ? 1 : 1 / 12.0;

    private static readonly Lock Notes = new();

    /// <summary>What was run: several checks may ask the same run.</summary>
    private static readonly ConcurrentDictionary<(string Scenario, int Replications, double Cooldown), Lazy<EdgeTotals[]>> Ran = new();

    /// <summary>One value of each replication.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="replications">How many.</param>
    /// <param name="value">What is measured.</param>
    /// <param name="cooldown">Seconds before the end of the load whose requests do not count, where theirs is another world: their retries meet nobody.</param>
    public static double[] Values(string scenario, int replications, Func<EdgeTotals, double> value, double cooldown = 0) =>
        [.. Ran.GetOrAdd((scenario, replications, cooldown), key => new Lazy<EdgeTotals[]>(() => [.. Records(key.Scenario, 1, key.Replications, key.Cooldown).Select(record => record.Select())])).Value.Select(value)];

    /// <summary>One value of each replication, from what entered the mesh and from what was asked of one service.</summary>
    public static double[] Values(string scenario, int replications, string bottom, Func<EdgeTotals, EdgeTotals, double> value) =>
        [.. Records(scenario, 1, replications).Select(record => value(record.Select(), record.Select(new EdgeFilter { To = bottom })))];

    /// <summary>Mean latencies, one a replication, in units of the service time.</summary>
    public static double[] Latencies(string scenario, int replications) =>
        Values(scenario, replications, totals => totals.Latency.Mean / ServiceTime);

    /// <summary>The interval of a mean over replications.</summary>
    public static Interval Interval(double[] values) => Mesh.Reports.Statistics.Interval.Of(values, Confidence);

    /// <summary>Whether the interval is narrow enough to mean something, and holds the value that theory gives.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="expected">The closed form.</param>
    /// <param name="precision">The greatest half width allowed, as a share of the mean.</param>
    /// <param name="tolerance">How much <paramref name="expected"/> itself may be off, where it was simulated.</param>
    public static bool Agrees(Interval interval, double expected, double precision, double tolerance = 0) =>
        interval.RelativeHalfWidth <= Allowed(precision) && Math.Abs(interval.Mean - expected) <= interval.HalfWidth + tolerance;

    /// <summary>Fails, with figures, unless <see cref="Agrees"/>.</summary>
    public static void AssertAgrees(double[] values, double expected, double precision, double tolerance = 0, string about = "", [CallerMemberName] string check = "")
    {
        var interval = Interval(values);
        bool agrees = Agrees(interval, expected, precision, tolerance);
        Note($"{check} {about}", interval, expected, tolerance, agrees);
        if (!agrees)
            throw new XunitException($"measured {Show(interval)}; expected {expected:G6} (± {tolerance:G3}) inside an interval of half width ≤ {Allowed(precision):P0}");
    }

    /// <summary>Fails when a wrong model passes: the check would not have noticed.</summary>
    public static void AssertDisagrees(double[] mutant, double expected, double precision, double tolerance = 0, string about = "", [CallerMemberName] string check = "")
    {
        var interval = Interval(mutant);
        bool agrees = Agrees(interval, expected, precision, tolerance);
        Note($"*mutant*: {check} {about}", interval, expected, tolerance, agrees);
        if (agrees) throw new XunitException($"the mutant passed: {Show(interval)} agrees with {expected:G6}");
        // A mutant must fail for its mean, not for want of data.
        if (!(interval.RelativeHalfWidth <= Allowed(precision))) throw new XunitException($"too few requests to tell: {Show(interval)}");
    }

    private static double Allowed(double precision) => precision * (Long ? 1 : 1.25 / Math.Sqrt(Effort));

    private static string Show(Interval interval) => $"{interval.Mean:G6} ± {interval.HalfWidth:G3} ({interval.RelativeHalfWidth:P2}, {interval.Count} replications)";

    /// <summary>Keeps the figures of the long suite, in the file that MESHLAB_FIGURES names.</summary>
    private static void Note(string check, Interval interval, double expected, double tolerance, bool agrees)
    {
        if (Environment.GetEnvironmentVariable("MESHLAB_FIGURES") is not { Length: > 0 } file) return;
        string reference = tolerance == 0 ? $"{expected:G6}" : $"{expected:G6} ± {tolerance:G3}";
        string line = FormattableString.Invariant(
            $"{check.Replace('_', ' ').Trim()}\t{interval.Count}\t{interval.Mean:G6}\t{interval.HalfWidth:G3}\t{interval.RelativeHalfWidth:P2}\t{reference}\t{(agrees ? "yes" : "no")}\n");
        lock (Notes) File.AppendAllText(file, line);
    }

    /// <summary>The replications with the seeds from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public static IEnumerable<ReplicationRecord> Records(string scenario, int first, int last, double cooldown = 0)
    {
        var problems = new Problems();
        var file = ScenarioReader.ReadText(scenario, "theory.yaml", [], problems)
            ?? throw new XunitException(string.Join('\n', problems.Sorted()));
        for (int seed = first; seed <= last; seed++) yield return Run(file.World with { Seed = (ulong)seed }, file.World.Duration - TimeSpan.FromSeconds(cooldown));
    }

    private static ReplicationRecord Run(WorldConfig config, TimeSpan until)
    {
        var directory = new MeshDirectory();
        var recorder = new RunRecorder(directory, new RecorderOptions { Warmup = config.Warmup.Ticks, End = until.Ticks, Window = config.Duration.Ticks });
        using var world = new World(config, directory, recorder);
        var result = world.Run();
        return recorder.Finish(new ReplicationFacts
        {
            Replication = 0,
            Seed = config.Seed,
            TraceHash = "",
            VirtualSeconds = result.VirtualTime.TotalSeconds,
            WallSeconds = 0,
        });
    }
}
