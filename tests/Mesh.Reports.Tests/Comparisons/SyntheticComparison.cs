using Mesh.Reports.Comparisons;
using Mesh.Reports.Results;

namespace Mesh.Reports.Tests.Comparisons;

/// <summary>Comparisons whose numbers are known: each replication has its own latency, which all variants share, and a variant adds its own.</summary>
internal static class SyntheticComparison
{
    private const int Requests = 200;

    /// <summary>Variants by name and what each does to a request of so many milliseconds in a replication.</summary>
    public static ComparisonRecord Of(IReadOnlyList<double> loads, params (string Name, Func<double, int, double> Latency)[] variants) => new()
    {
        Name = "synthetic",
        Baseline = variants[0].Name,
        Loads = loads,
        Variants = [.. variants.Select(variant => new ComparedVariant(variant.Name, "synthetic.yaml", [new RunSetting("path", variant.Name)]))],
        Runs = [.. from load in loads from variant in variants select new ComparedRun(variant.Name, load, Run(variant.Name, load, variant.Latency))],
        Replay = "meshlab compare synthetic.yaml",
    };

    /// <summary>A run of five replications with seeds from <paramref name="seed"/>; the replications differ far more than the variants do.</summary>
    public static RunRecord Run(string variant, double load, Func<double, int, double> latency, ulong seed = 1, Func<int, int>? failures = null) => new()
    {
        Scenario = "synthetic", Variant = variant, Seed = seed, DurationSeconds = 10,
        Replications = [.. Enumerable.Range(0, 5).Select(replication => Replication(replication, seed, i => latency(load * (20 + 10 * replication) + i % 7, replication), failures?.Invoke(replication) ?? 0))],
    };

    private static ReplicationRecord Replication(int number, ulong seed, Func<int, double> latency, int failures)
    {
        var mesh = new ToyMesh();
        for (int i = 0; i < Requests; i++) mesh.Call("ingress", "front", "/", 40.0 * i, latency(i), i < failures ? 503 : 200, attempts: i % 4 == 0 ? 2 : 1);
        var recorder = new RunRecorder(mesh.Directory, new RecorderOptions { End = ToyMesh.Ms(10_000) });
        mesh.Play(recorder);
        return recorder.Finish(new ReplicationFacts { Replication = number, Seed = seed + (ulong)number, TraceHash = "0", VirtualSeconds = 10, WallSeconds = 1 });
    }
}
