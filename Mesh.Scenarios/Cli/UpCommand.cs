using System.CommandLine;
using System.Globalization;
using Mesh.Reports.Rendering;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;
using Mesh.Scenarios.Running.Live.Isolation;
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
        var isolate = new Option<bool>("--isolate") { Description = "Gives every sidecar and every synthetic service a process of its own. Default: one process for all." };
        var quiet = new Option<bool>("--quiet") { Description = "Prints no progress." };
        var command = new Command("up", "Run a scenario's mesh live on this machine, until Ctrl-C.") { file, isolate, sets, time, load, faults, metrics, log, quiet };
        command.SetAction(parsed =>
        {
            var problems = new Problems();
            var plan = UpPlan.Resolve(parsed.GetValue(file)!, parsed.GetValue(isolate), parsed.GetValue(sets) ?? [], parsed.GetValue(time), parsed.GetValue(metrics), parsed.GetValue(log), problems);
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
        var host = Host(plan, directory, traffic, terminal);
        await using var world = new LiveWorld(host);
        try
        {
            await world.StartAsync(signal).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (signal.IsCancellationRequested)
        {
            return ExitCode.Passed;
        }
        await using var metrics = plan.Metrics is { } address && host is NodeHost all ? await MetricsEndpoint.StartAsync(all.Node.Telemetry, address, signal).ConfigureAwait(false) : null;
        if (!plan.Quiet) Table(world, plan, terminal);

        using var end = new CancellationTokenSource(plan.Time ?? Timeout.InfiniteTimeSpan, world.Time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(signal, end.Token);
        await Task.WhenAll(
            plan.Load ? LoadAsync(world, terminal, over.Token) : Task.CompletedTask,
            plan.Faults ? new LiveTimeline(world, NoEvents.One).RunAsync(world.Time.GetTimestamp(), over.Token) : Task.CompletedTask,
            WatchAsync(traffic, plan, terminal, world.Time, over.Token)).ConfigureAwait(false);
        return ExitCode.Passed;
    }

    private static ILiveHost Host(UpPlan plan, MeshDirectory directory, LiveTraffic traffic, Terminal terminal) => !plan.Isolate
        ? new NodeHost(plan.World, directory, traffic, plan.Telemetry)
        : new IsolatedHost(new IsolatedHostOptions
        {
            Config = plan.World,
            Scenario = plan.Scenario,
            Directory = directory,
            Events = traffic,
            AllEvents = false,
            AccessLogs = [.. plan.Telemetry.AccessLogs.Select(log => log.Encoding)],
            Metrics = plan.Metrics,
            Warn = what => terminal.Error.WriteLine($"warning {what}"),
        });

    private static async Task LoadAsync(LiveWorld world, Terminal terminal, CancellationToken over)
    {
        await using var load = new LiveWorkload(world.Config.Workloads, world.Config.Seed, LiveWorkloadOptions.For(world), LiveReplication.NoRequests.One, world.Time);
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
        if (plan.Isolate) table.AddColumn("processes");
        if (plan.Isolate && plan.Metrics is not null) table.AddColumn("metrics");
        foreach (var replica in world.Fleet.Replicas)
        {
            string[] row = [replica.Endpoint.Name, $"{replica.Endpoint.Address}", $"{replica.Address}", $"http://{replica.Sidecar!.Outbound}"];
            table.AddRow([.. row, .. plan.Isolate ? [$"{replica.Sidecar.ProcessId}, {replica.Application!.ProcessId?.ToString(CultureInfo.InvariantCulture) ?? "-"}"] : Array.Empty<string>(),
                .. replica.Sidecar.Metrics is { } own ? [$"http://{own}/metrics"] : Array.Empty<string>()]);
        }
        terminal.Results.Write(table);
        string service = plan.World.Services[0].Name;
        terminal.Output.WriteLine();
        terminal.Output.WriteLine($"ingress http://{world.Ingress} (by the host asked for, as HTTP proxy too{(world.IngressSidecar.ProcessId is { } process ? $"; process {process}" : "")})");
        if (world.IngressSidecar.Metrics is { } alone) terminal.Output.WriteLine($"metrics http://{alone}/metrics (the ingress; each replica's sidecar has its own)");
        else if (plan.Metrics is { } all) terminal.Output.WriteLine($"metrics http://{all}/metrics");
        terminal.Output.WriteLine($"try     curl -H 'Host: {service}' http://{world.Ingress}{(plan.World.Services[0].Classes is [var first, ..] ? first.Path : "/")}");
        terminal.Output.Flush();
    }

    private sealed class NoEvents : IMeshEvents
    {
        public static NoEvents One { get; } = new();

        public void On(in MeshEvent e) { }
    }
}
