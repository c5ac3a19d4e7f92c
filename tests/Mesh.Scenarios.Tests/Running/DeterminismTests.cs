using System.Diagnostics;
using Mesh.Reports.Results;
using Mesh.Reports.Trace;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Running;
using Mesh.Scenarios.Tests.Cli;
using Mesh.Scenarios.Tests.Language;

namespace Mesh.Scenarios.Tests.Running;

/// <summary>The same file and seed give the same decisions, wherever and however they are run.</summary>
public sealed class DeterminismTests : IDisposable
{
    /// <summary>Overloaded and impatient, so that retries, deadlines, breakers, cancellations and changes of the endpoint list all happen.</summary>
    private const string Troubled = """
        version: 1
        name: troubled
        duration: 20s
        zones: [a, b]
        network:
          sameZone: {latency: {mean: 0.3ms, p99: 1ms}}
          crossZone: {latency: {mean: 1ms, p99: 4ms}, bandwidth: 100Mbit/s, loss: 0.1%}
        sidecar: {perRequest: 0.1ms}
        services:
          front: {replicas: 3, workers: 8, queue: 50, serviceTime: {mean: 2ms}, endpoints: [{path: /, calls: [{to: middle, size: 2KB}]}]}
          middle: {replicas: 2, workers: 4, queue: 20, serviceTime: {mean: 5ms}, hold: wholeCall, stopsWhenAbandoned: true, endpoints: [{path: /, calls: [{parallel: [{to: back}, {sleep: {mean: 1ms}}]}]}]}
          back: {replicas: 4, workers: 2, queue: 10, serviceTime: {mean: 8ms}, discipline: processorSharing}
        mesh:
          defaults:
            loadBalancer: peakEwma
            timeout: 300ms
            perTryTimeout: 60ms
            retries: {attempts: 2, on: [5xx], backoff: {base: 5ms}}
            circuitBreaker: {failureRatio: 30%, window: 2s, minThroughput: 20, openFor: 1s}
        workload: [{to: front, rate: 700/s, timeout: 150ms}]
        scale:
          - {at: 8s, service: back, replicas: 5}
          - {at: 12s, service: back, replicas: 3}
        """;

    private readonly MeshLab _meshlab = new();
    private readonly string _file;

    public DeterminismTests() => _file = _meshlab.Write("troubled.yaml", Troubled);

    public void Dispose() => _meshlab.Dispose();

    [Fact]
    public void Two_runs_of_one_process_and_a_run_of_another_process_decide_alike()
    {
        string here = Hash();
        Assert.Equal(here, Hash());
        Assert.Equal(here, MeshLabProcess.HashOf(MeshLabProcess.BuiltHere, _file, "--no-report"));
        Assert.NotEqual(here, Hash("seed=2"));
    }

    [Fact]
    public void Json_report_and_trace_change_nothing()
    {
        string trace = _meshlab.File("t.tsv");
        string here = Hash();
        Assert.Equal(here, MeshLabProcess.HashOf(MeshLabProcess.BuiltHere, _file, "--report", _meshlab.File("r"), "--trace", trace));
        Assert.Equal(here, TraceFile.Hash(trace));
    }

    [Fact]
    public void Everything_that_could_disturb_the_order_is_active()
    {
        string trace = _meshlab.File("t.tsv");
        var run = VirtualRun.Run(new RunPlan(Reads.Scenario(Troubled)) { TraceFile = trace }, new NoProgress());
        EdgeTotals[] edges = [.. ((string[])["front", "middle", "back"]).Select(to => run.Replications[0].Select(new EdgeFilter { To = to }))];
        Assert.Contains(edges, edge => edge.Retries > 0);
        Assert.Contains(edges, edge => edge.BreakerOpens > 0);
        Assert.Superset(new HashSet<string> { "UT", "CO", "DC", "URX" }, edges.SelectMany(edge => edge.AttemptFlags.Concat(edge.Flags)).Select(flag => flag.Key).ToHashSet());
        // The proxies' first snapshots, and one for each of two changes.
        Assert.True(File.ReadLines(trace).Count(line => line.Contains($"\t{nameof(MeshEventKind.SnapshotApplied)}\t", StringComparison.Ordinal)) >= 3);
    }

    [SkippableFact]
    public void Debug_and_release_decide_alike()
    {
        string own = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, other = own == "Debug" ? "Release" : "Debug";
        string assembly = Repository.Path($"Mesh.Scenarios/bin/{other}/net10.0/meshlab.dll");
        if (Environment.GetEnvironmentVariable("MESHLAB_SUITE") == "long") Build(other);
        Skip.IfNot(File.Exists(assembly), $"there is no {other} build; the long suite makes one");
        Skip.If(File.GetLastWriteTimeUtc(assembly) < NewestSource(), $"the {other} build is older than the sources; the long suite makes a new one");
        Assert.Equal(Hash(), MeshLabProcess.HashOf(assembly, _file, "--no-report"));
    }

    private static string Hash(params string[] sets) =>
        VirtualRun.Run(new RunPlan(Reads.Scenario(Troubled, sets)), new NoProgress()).Replications[0].TraceHash;

    private static DateTime NewestSource() => ((string[])["Mesh.Runtime", "Mesh.Simulator", "Mesh.Reports", "Mesh.Scenarios"])
        .SelectMany(room => Directory.EnumerateFiles(Repository.Path(room), "*.cs", SearchOption.AllDirectories))
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Max(File.GetLastWriteTimeUtc);

    private static void Build(string configuration)
    {
        using var build = Process.Start("dotnet", ["build", Repository.Path("Mesh.Scenarios/Mesh.Scenarios.csproj"), "-c", configuration, "--nologo", "-v", "quiet"]);
        build.WaitForExit();
        Assert.Equal(0, build.ExitCode);
    }
}
