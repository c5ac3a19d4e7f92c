using System.CommandLine;
using System.Globalization;
using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;
using Mesh.Simulator;

namespace Mesh.Benchmarks.Soak;

/// <summary><c>soak</c>: a live mesh at half of its capacity while the file's faults come and go. What must hold is judged: the exit code is 1 where it does not.</summary>
internal static class SoakCommand
{
    private const int Users = 64;
    private static readonly TimeSpan Trial = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The scenario: services, mesh, faults. Of its load the mix counts." };
        var seconds = new Option<int>("--seconds") { Description = "How long.", DefaultValueFactory = _ => 600 };
        var command = new Command("soak", "A live mesh at half capacity under faults: memory, descriptors, and every request accounted for.") { file, seconds };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(file)!, TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string file, TimeSpan length, CancellationToken cancellation)
    {
        var problems = new Problems();
        if (ScenarioReader.Read(file, [], problems) is not { } scenario)
        {
            foreach (var problem in problems.Sorted()) Console.Error.WriteLine(problem);
            return 2;
        }
        var config = scenario.World with { Duration = length };
        double capacity = await CapacityAsync(config, cancellation);
        Console.Error.WriteLine($"{capacity:N0} requests/s with {Users} users; half of that for {length.TotalSeconds:N0} s");

        var watch = new SoakWatch();
        int before = SoakWatch.Descriptors();
        var ledger = await LoadAsync(config, capacity / 2, watch, cancellation);
        var verdicts = ledger.Verdicts().Concat(watch.Verdicts()).Append(await watch.EndAsync(before)).ToList();
        Print(config, capacity, length, ledger, verdicts);
        return verdicts.TrueForAll(verdict => verdict.Holds) ? 0 : 1;
    }

    /// <summary>Requests a second that the mesh carries when it is asked for all it has, without a fault.</summary>
    private static async Task<double> CapacityAsync(WorldConfig config, CancellationToken cancellation)
    {
        await using var world = new LiveWorld(new NodeHost(config, new MeshDirectory(), Silence.One));
        await world.StartAsync(cancellation);
        await RunAsync(world, ClosedLoop(config), Trial, new SoakLedger(), cancellation);   // warm
        var report = await RunAsync(world, ClosedLoop(config), Trial, new SoakLedger(), cancellation);
        return report.Sent / Trial.TotalSeconds;
    }

    private static WorkloadConfig ClosedLoop(WorldConfig config) => config.Workloads[0] with { Arrivals = ArrivalProcess.Closed, Users = Users, Stages = [] };

    private static async Task<SoakLedger> LoadAsync(WorldConfig config, double rate, SoakWatch watch, CancellationToken cancellation)
    {
        string log = Path.GetTempFileName();
        var ledger = new SoakLedger();
        var telemetry = new TelemetryConfig { AccessLogs = [new AccessLogConfig { Encoding = AccessLogEncoding.Custom, Format = SoakLedger.LogFormat, Sink = new LogFileConfig { Path = log }, QueueSize = 200_000 }] };
        var host = new NodeHost(config, new MeshDirectory(), Silence.One, telemetry);
        await using (var world = new LiveWorld(host))
        {
            await world.StartAsync(cancellation);
            var address = new IPEndPoint(IPAddress.Loopback, FreePorts.Take());
            await using var metrics = await MetricsEndpoint.StartAsync(host.Node.Telemetry, address, cancellation);
            var warm = await RunAsync(world, ClosedLoop(config), Trial, ledger, cancellation);   // the first handshakes are not the soak's
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var watching = watch.RunAsync(config.Duration, over.Token);
            var happening = new LiveTimeline(world, Silence.One).RunAsync(world.Time.GetTimestamp(), over.Token);
            var open = config.Workloads[0] with { Stages = [new StageConfig { For = config.Duration, Rate = rate }] };
            ledger.Warm = warm.Sent;
            ledger.Report = await RunAsync(world, open, config.Duration, ledger, cancellation);
            await over.CancelAsync();
            await Task.WhenAll(watching, happening);
            using var http = new HttpClient();
            ledger.Metrics = await http.GetStringAsync(new Uri($"http://{address}/metrics"), cancellation);
            ledger.Ingress = world.Ingress.ToString();
            ledger.Dropped = host.Node.Telemetry.Dropped;
        }
        ledger.ReadLog(File.ReadLines(log));
        File.Delete(log);
        return ledger;
    }

    private static async Task<LiveLoadReport> RunAsync(LiveWorld world, WorkloadConfig workload, TimeSpan length, ILiveRequests sink, CancellationToken cancellation)
    {
        await using var load = new LiveWorkload([workload], world.Config.Seed, new LiveWorkloadOptions { Client = new LiveClientOptions { Outbound = world.Ingress } }, sink, world.Time);
        return await load.RunAsync(world.Time.GetTimestamp(), length, cancellation);
    }

    private static void Print(WorldConfig config, double capacity, TimeSpan length, SoakLedger ledger, List<SoakVerdict> verdicts)
    {
        var words = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(words, $"Measured on {Machine.Describe()}; load average {Machine.Load():0.0} at the end. The load, the sidecars and the services share one process and its processors."));
        Console.WriteLine();
        Console.WriteLine(string.Create(words, $"{length.TotalSeconds:N0} s at {capacity / 2:N0} requests/s, half of the {capacity:N0} that {Users} users got without a pause; faults: {string.Join(", ", config.Faults.Select(fault => fault.Name))}, every 20 s each."));
        Console.WriteLine(string.Create(words, $"{ledger.Report!.Sent:N0} requests, and {ledger.Warm:N0} to warm up, {100.0 * ledger.Succeeded / (ledger.Report.Sent + ledger.Warm):0.00}% with a status below 500; p50 {ledger.Milliseconds(0.5):0.0} ms, p99 {ledger.Milliseconds(0.99):0.0} ms."));
        Console.WriteLine();
        Console.WriteLine("| what must hold | found | holds |");
        Console.WriteLine("|---|---|---|");
        foreach (var verdict in verdicts) Console.WriteLine($"| {verdict.Rule} | {verdict.Found} | {(verdict.Holds ? "yes" : "**no**")} |");
    }

    private sealed class Silence : IMeshEvents
    {
        public static Silence One { get; } = new();

        public void On(in MeshEvent e)
        {
        }
    }
}

/// <summary>Something that must hold, and whether it did.</summary>
/// <param name="Rule">What.</param>
/// <param name="Found">What was found.</param>
/// <param name="Holds">Whether it holds.</param>
internal sealed record SoakVerdict(string Rule, string Found, bool Holds);
