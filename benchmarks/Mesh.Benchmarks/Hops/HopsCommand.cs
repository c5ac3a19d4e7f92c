using System.CommandLine;
using Mesh.Runtime.Model;

namespace Mesh.Benchmarks.Hops;

/// <summary><c>hops</c>: hops per second and core with full policy on every hop, where their time goes, and what many services cost.</summary>
internal static class HopsCommand
{
    /// <summary>Hops before anything counts: by then the runtime has compiled what is hot a second time.</summary>
    private const double Warmup = 1_500_000;

    public static Command Create()
    {
        var repeats = new Option<int>("--repeats") { Description = "How often each is measured, in turn.", DefaultValueFactory = _ => 5 };
        var hops = new Option<double>("--hops") { Description = "Hops of each run.", DefaultValueFactory = _ => 2_000_000 };
        var command = new Command("hops", "Hops per second and core with full policy, a breakdown of a hop's time, and 10 against 1,000 services.") { repeats, hops };
        command.SetAction(parsed => Run(parsed.GetValue(repeats), parsed.GetValue(hops)));
        return command;
    }

    private static void Run(int repeats, double hops)
    {
        var full = ChainWorld.FullPolicy;
        var none = new PolicyConfig();
        (string What, Func<HopRun> Measure)[] steps =
        [
            ("routing, two choices, connections, network, queue and service; nothing records", () => One(none, hops, Listening.Nothing)),
            ("+ total and per-try deadline", () => One(none with { Timeout = full.Timeout, PerTryTimeout = full.PerTryTimeout }, hops, Listening.Nothing)),
            ("+ retry (Polly)", () => One(full with { CircuitBreaker = null }, hops, Listening.Nothing)),
            ("+ breaker (Polly)", () => One(full, hops, Listening.Nothing)),
            ("+ trace hash", () => One(full, hops, Listening.Hash)),
            ("+ run record: what `meshlab run` does", () => One(full, hops, Listening.HashAndRecorder)),
        ];
        One(none, Warmup, Listening.Nothing);   // let the compiler finish, with the short way and with the long one
        One(full, Warmup, Listening.HashAndRecorder);
        double? before = Machine.Load();
        var runs = Rounds(repeats, [.. steps.Select(step => step.Measure)]);
        var scale = Rounds(repeats, [() => HopRun.Measure(ChainWorld.Create(10, 100, hops, full)), () => HopRun.Measure(ChainWorld.Create(1000, 1, hops, full)), () => HopRun.Measure(ChainWorld.Create(1000, 5, hops, full))]);

        Console.WriteLine($"Measured on {Machine.Describe()}; load average {before:0.0} before and {Machine.Load():0.0} after, {repeats} repeats in turn; processor time; min – median – max.");
        Console.WriteLine();
        Console.WriteLine("| a hop is made of | thousand hops/s per core | ns a hop | of these new | bytes a hop |\n|---|---|---|---|---|");
        double previous = 0;
        for (int i = 0; i < steps.Length; i++)
        {
            double nanoseconds = Spread.Of(runs[i].Select(r => r.NanosecondsPerHop)).Median;
            Console.WriteLine($"| {steps[i].What} | {Spread.Of(runs[i].Select(r => r.HopsPerSecond)).Per(1000).Format("0")} | {nanoseconds:0} | {nanoseconds - previous:0} | {Spread.Of(runs[i].Select(r => r.BytesPerHop)).Median:0} |");
            previous = nanoseconds;
        }
        PrintScale(scale);
    }

    private static void PrintScale(List<HopRun>[] scale)
    {
        Console.WriteLine("\n| the same hops over | thousand hops/s per core | most events pending | time a hop, relative, pair by pair |\n|---|---|---|---|");
        string[] names = ["10 services × 100 replicas", "1,000 services × 1 replica", "1,000 services × 5 replicas"];
        for (int i = 0; i < names.Length; i++)
        {
            var ratio = Spread.Of(scale[i].Zip(scale[0], (run, first) => run.NanosecondsPerHop / first.NanosecondsPerHop));
            Console.WriteLine($"| {names[i]} | {Spread.Of(scale[i].Select(r => r.HopsPerSecond)).Per(1000).Format("0")} | {scale[i].Max(r => r.PeakPending):N0} | {ratio.Format("0.00")} |");
        }
    }

    private static HopRun One(PolicyConfig policy, double hops, Listening listening) => HopRun.Measure(ChainWorld.Create(10, 5, hops, policy), listening);

    private static List<HopRun>[] Rounds(int repeats, Func<HopRun>[] measures)
    {
        List<HopRun>[] runs = [.. measures.Select(_ => new List<HopRun>())];
        for (int round = 0; round < repeats; round++)
        {
            for (int i = 0; i < measures.Length; i++)
            {
                GC.Collect();
                runs[i].Add(measures[i]());
                Console.Error.WriteLine($"round {round + 1} of {repeats}, {i + 1} of {measures.Length}: {runs[i][^1].HopsPerSecond / 1000:0} thousand hops/s");
            }
        }
        return runs;
    }
}
