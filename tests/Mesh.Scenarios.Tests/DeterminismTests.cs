using System.Diagnostics;
using System.Text.Json;

namespace Mesh.Scenarios.Tests;

/// <summary>The same file and seed give the same trace hash, whatever stands around it. Each run is a process of its own, as a user starts it.</summary>
public sealed class DeterminismTests : IDisposable
{
    /// <summary>Overloaded and impatient: retries, deadlines, breakers, cancellations, refused connections and changes of the endpoint lists all occur.</summary>
    private const string Troubled = """
        version: 1
        name: troubled
        seed: 42
        duration: 10s
        warmup: 2s
        zones: [a, b]
        network:
          sameZone: {latency: {mean: 0.3ms, p99: 1ms}}
          crossZone: {latency: {mean: 1ms, p99: 4ms}, bandwidth: 100Mbit/s, loss: 0.1%}
        services:
          front: {replicas: 3, workers: 8, queue: 50, serviceTime: {mean: 2ms}, endpoints: [{path: /, calls: [{to: middle, size: 2KB}]}]}
          middle:
            replicas: 2
            workers: 4
            queue: 20
            hold: wholeCall
            stopsWhenAbandoned: true
            serviceTime: {mean: 5ms}
            endpoints: [{path: /, calls: [{parallel: [{to: back}, {sleep: 1ms}]}]}]
          back: {replicas: 4, workers: 2, queue: 10, discipline: processorSharing, serviceTime: {mean: 8ms}}
        mesh:
          defaults:
            timeout: 300ms
            perTryTimeout: 60ms
            retries: {attempts: 2, on: [5xx], backoff: {base: 5ms, max: 50ms}}
            circuitBreaker: {failureRatio: 30%, window: 2s, openFor: 1s}
            limits: {maxConnections: 30, maxPendingRequests: 20}
        workload: [{to: front, rate: 700/s, timeout: 150ms}]
        scale: [{at: 4s, service: back, replicas: 5}, {at: 7s, service: back, replicas: 3}]
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("meshlab-determinism-").FullName;
    private readonly string _file;

    public DeterminismTests() => File.WriteAllText(_file = Path.Combine(_folder, "troubled.yaml"), Troubled);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_trace_hash_depends_on_file_and_seed_and_on_nothing_else()
    {
        var debug = Task.Run(BuildDebug);   // as long as all of the runs
        string release = Path.Combine(AppContext.BaseDirectory, "meshlab.dll");
        string trace = Path.Combine(_folder, "trace.tsv");
        string expected = HashOf(release, "--no-report");

        Assert.Equal(expected, HashOf(release, "--no-report"));
        Assert.Equal(expected, HashOf(release, "--report", Path.Combine(_folder, "report")));
        Assert.Equal(expected, HashOf(release, "--no-report", "--trace", trace));
        Assert.Contains(expected, Run(release, "run", _file, "--no-report"));   // without --json
        Assert.Contains(expected, Run(release, "trace", "hash", trace));
        Assert.NotEqual(expected, HashOf(release, "--no-report", "--seed", "43"));
        Assert.Equal(expected, HashOf(await debug, "--no-report"));
        foreach (string kind in new[] { "RetryScheduled", "BreakerChanged", "SnapshotApplied", "UT", "DC", "CO", "UO" })
            Assert.Contains(kind, File.ReadAllText(trace));
        foreach (string column in File.ReadLines(trace).First().Split('\t'))
            Assert.Contains($"`{column}`", File.ReadAllText(Repository.Path("docs/determinism.md")));
    }

    /// <summary>900 sidecars lose the control plane twice and come back to it, each after waits of its own.</summary>
    [Fact]
    public void Outage_and_restart_of_the_control_plane_repeat_in_another_process()
    {
        var services = Enumerable.Range(0, 300).Select(i => i % 10 == 9 ? $"  s{i}: {{replicas: 3, serviceTime: 1ms}}" : $"  s{i}: {{replicas: 3, serviceTime: 1ms, endpoints: [{{path: /, calls: [{{to: s{i + 1}}}]}}]}}");
        File.WriteAllText(_file, $$"""
            version: 1
            name: plane
            seed: 7
            duration: 20s
            services:
            {{string.Join("\n", services)}}
            workload: [{to: s0, rate: 20/s}, {to: s150, rate: 20/s}]
            scale: [{at: 3s, service: s5, replicas: 5}, {at: 12s, service: s155, replicas: 2}]
            faults:
              - {name: away, at: 2s, for: 4s, controlPlane: outage}
              - {name: killed, at: 10s, for: 4s, controlPlane: restart}
            """);
        string release = Path.Combine(AppContext.BaseDirectory, "meshlab.dll");
        string expected = HashOf(release, "--no-report");
        Assert.Equal(expected, HashOf(release, "--no-report"));
        Assert.NotEqual(expected, HashOf(release, "--no-report", "--seed", "8"));
    }

    private string HashOf(string app, params string[] options)
    {
        using var json = JsonDocument.Parse(Run(app, ["run", _file, "--json", .. options]));
        return json.RootElement.GetProperty("traceHash").GetString()!;
    }

    private string BuildDebug()
    {
        string output = Path.Combine(_folder, "debug");
        Start("dotnet", ["build", Repository.Path("Mesh.Scenarios"), "-c", "Debug", "-o", output, "-p:RunAnalyzers=false", "--nologo", "-v", "quiet", "-nodeReuse:false"]);
        return Path.Combine(output, "meshlab.dll");
    }

    private string Run(string app, params string[] arguments) => Start("dotnet", [app, .. arguments]);

    private string Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {output}{errors.Result}");
        return output;
    }
}
