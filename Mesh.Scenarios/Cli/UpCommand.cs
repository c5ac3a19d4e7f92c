using System.CommandLine;
using System.Net;
using Mesh.Reports.Rendering;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;
using Mesh.Simulator;
using Spectre.Console;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab up FILE</c>: a scenario's mesh on this machine, until Ctrl-C.</summary>
internal static class UpCommand
{
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(1);

    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var file = new Argument<string>("FILE") { Description = "The scenario: its services and its mesh." };
        var sets = new Option<string[]>("--set") { Description = "Replaces a value of the file. May be repeated." };
        var time = new Option<string>("--for") { Description = "Ends by itself after this time: 10m. Default: at Ctrl-C." };
        var load = new Option<bool>("--load") { Description = "Sends the scenario's load, for its duration." };
        var faults = new Option<bool>("--faults") { Description = "Runs the scenario's faults, from now on." };
        var metrics = new Option<string>("--metrics") { Description = "Serves /metrics for Prometheus here: 127.0.0.1:9901." };
        var log = new Option<string>("--access-log") { Description = "Writes an access log to standard output: text (Istio's), envoy, json (Istio's), ecs." };
        var quiet = new Option<bool>("--quiet") { Description = "Prints no progress." };
        var command = new Command("up", "Run a scenario's mesh live on this machine, until Ctrl-C.") { file, sets, time, load, faults, metrics, log, quiet };
        command.SetAction(parsed =>
        {
            var problems = new Problems();
            var plan = UpPlan.Resolve(parsed.GetValue(file)!, parsed.GetValue(sets) ?? [], parsed.GetValue(time), parsed.GetValue(metrics), parsed.GetValue(log), problems);
            ProblemView.Write(terminal, problems.Sorted());
            if (plan is null) return ExitCode.WrongInput;
            return RunAsync(plan with { Load = parsed.GetValue(load), Faults = parsed.GetValue(faults), Quiet = parsed.GetValue(quiet) }, terminal, cancellation).GetAwaiter().GetResult();
        });
        return command;
    }

    private static async Task<int> RunAsync(UpPlan plan, Terminal terminal, CancellationToken signal)
    {
        var directory = new MeshDirectory();
        var traffic = new LiveTraffic(directory, World.Ingress);
        var host = new NodeHost(plan.World, directory, traffic, plan.Telemetry);
        await using var world = new LiveWorld(host);
        await world.StartAsync(signal).ConfigureAwait(false);
        await using var metrics = plan.Metrics is { } address ? await MetricsEndpoint.StartAsync(host.Node.Telemetry, address, signal).ConfigureAwait(false) : null;
        if (!plan.Quiet) Table(world, plan, terminal);

        using var end = new CancellationTokenSource(plan.Time ?? Timeout.InfiniteTimeSpan, world.Time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(signal, end.Token);
        await Task.WhenAll(
            plan.Load ? LoadAsync(world, terminal, over.Token) : Task.CompletedTask,
            plan.Faults ? new LiveTimeline(world, NoEvents.One).RunAsync(world.Time.GetTimestamp(), over.Token) : Task.CompletedTask,
            WatchAsync(traffic, plan, terminal, world.Time, over.Token)).ConfigureAwait(false);
        return ExitCode.Passed;
    }

    private static async Task LoadAsync(LiveWorld world, Terminal terminal, CancellationToken over)
    {
        await using var load = new LiveWorkload(world.Config.Workloads, world.Config.Seed, LiveReplication.LoadOptions(world), LiveReplication.NoRequests.One, world.Time);
        var report = await load.RunAsync(world.Time.GetTimestamp(), world.Config.Duration, over).ConfigureAwait(false);
        foreach (string warning in report.Warnings()) terminal.Error.WriteLine($"warning {warning}");
    }

    private static async Task WatchAsync(LiveTraffic traffic, UpPlan plan, Terminal terminal, TimeProvider time, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Refresh, time, over).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            var (requests, succeeded, p50, p99) = traffic.Take();
            if (plan.Quiet || !terminal.IsLive) continue;
            string line = requests == 0 ? "no request in the last second"
                : $"{Units.Rate(requests)}, {Units.Percent((double)succeeded / requests)} succeeded, p50 {Units.Duration(p50 / TimeSpan.TicksPerSecond)}, p99 {Units.Duration(p99 / TimeSpan.TicksPerSecond)}";
            terminal.Error.Write($"\r{line}\u001b[K");
        }
        if (!plan.Quiet && terminal.IsLive) terminal.Error.WriteLine();
    }

    /// <summary>Where everything is, on standard output: people copy from it, and programs read it.</summary>
    private static void Table(LiveWorld world, UpPlan plan, Terminal terminal)
    {
        var table = new Table().Border(TableBorder.None).AddColumns("replica", "sidecar", "application", "calls others through");
        foreach (var replica in world.Fleet.Replicas)
            table.AddRow(replica.Endpoint.Name, $"{replica.Endpoint.Address}", $"{replica.Address}", $"http://{replica.Sidecar!.Outbound}");
        terminal.Results.Write(table);
        string service = plan.World.Services[0].Name;
        terminal.Output.WriteLine();
        terminal.Output.WriteLine($"ingress http://{world.Ingress} (by the host asked for, as HTTP proxy too)");
        if (plan.Metrics is { } metrics) terminal.Output.WriteLine($"metrics http://{metrics}/metrics");
        terminal.Output.WriteLine($"try     curl -H 'Host: {service}' http://{world.Ingress}{(plan.World.Services[0].Classes is [var first, ..] ? first.Path : "/")}");
        terminal.Output.Flush();
    }

    private sealed class NoEvents : IMeshEvents
    {
        public static NoEvents One { get; } = new();

        public void On(in MeshEvent e) { }
    }
}

/// <summary>What <c>up</c> runs.</summary>
/// <param name="World">The scenario's world.</param>
/// <param name="Telemetry">What its sidecars tell the outside.</param>
/// <param name="Time">When it ends by itself; <c>null</c> for never.</param>
/// <param name="Metrics">Where Prometheus scrapes it; <c>null</c> for nowhere.</param>
internal sealed record UpPlan(WorldConfig World, TelemetryConfig Telemetry, TimeSpan? Time, IPEndPoint? Metrics)
{
    public bool Load { get; init; }

    public bool Faults { get; init; }

    public bool Quiet { get; init; }

    /// <summary>The plan, or <c>null</c> after telling what is wrong.</summary>
    public static UpPlan? Resolve(string file, IReadOnlyList<string> sets, string? time, string? metrics, string? log, Problems problems)
    {
        var overrides = sets.Select(set => Override.Parse(set, problems)).OfType<Override>().ToList();
        var scenario = ScenarioReader.Read(file, overrides, problems);
        if (scenario is not null)
            foreach (string problem in LiveRun.Problems(scenario.World, isolate: false)) problems.Error(new Place(file), "", problem);
        double seconds = 0;
        if (time is not null && Quantity.Duration.Parse(time, out seconds) is { } wrong) problems.Error(new Place($"--for {time}"), "", wrong);
        var address = metrics is null ? null : ProxySettings.Address(metrics, "--metrics", problems);
        var logs = ProxySettings.AccessLogOf(log, problems);
        if (problems.HasErrors || scenario is null) return null;
        return new UpPlan(scenario.World, new TelemetryConfig { Metrics = address is null ? null : new MetricsConfig(), AccessLogs = logs }, time is null ? null : TimeSpan.FromSeconds(seconds), address);
    }
}
