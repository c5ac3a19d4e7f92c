using System.CommandLine;
using Mesh.Reports.Rendering;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab proxy</c>: one sidecar before a service that runs already, no file needed; its faults end by themselves.</summary>
internal static class ProxyCommand
{
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(1);

    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var listen = new Option<string>("--listen") { Description = "Where it takes requests; port 0 is a free one. Default 127.0.0.1:0.", DefaultValueFactory = _ => "127.0.0.1:0" };
        var to = new Option<string[]>("--to") { Description = "Where the service listens: localhost:8080. May be repeated, once for each replica.", Required = true };
        var fault = new Option<string[]>("--fault") { Description = "What goes wrong. May be repeated. " + FaultArgument.Help };
        var time = new Option<string>("--for") { Description = "How long it runs, its faults with it: 5m. Default: until Ctrl-C, the faults for 10 minutes." };
        var policy = new Option<string>("--policy") { Description = "The service's policy as in a scenario: \"{retries: {attempts: 2, on: [5xx]}, timeout: 1s}\"." };
        var tcp = new Option<bool>("--tcp") { Description = "Carries bytes, whatever they are, instead of HTTP requests." };
        var log = new Option<string>("--access-log") { Description = "Writes an access log to standard output: text (Istio's), envoy, json (Istio's), ecs." };
        var metrics = new Option<string>("--metrics") { Description = "Serves /metrics for Prometheus here: 127.0.0.1:9901." };
        var quiet = new Option<bool>("--quiet") { Description = "Prints no progress." };
        var command = new Command("proxy", "Run one sidecar before a service that runs already, with faults that end by themselves.") { listen, to, fault, time, policy, tcp, log, metrics, quiet };
        command.SetAction(parsed => Run(new ProxySettings
        {
            Listen = parsed.GetValue(listen)!,
            To = parsed.GetValue(to) ?? [],
            Faults = parsed.GetValue(fault) ?? [],
            For = parsed.GetValue(time),
            Policy = parsed.GetValue(policy),
            Tcp = parsed.GetValue(tcp),
            AccessLog = parsed.GetValue(log),
            Metrics = parsed.GetValue(metrics),
            Quiet = parsed.GetValue(quiet),
        }, terminal, cancellation));
        return command;
    }

    private static int Run(ProxySettings settings, Terminal terminal, CancellationToken cancellation)
    {
        var problems = new Problems();
        var plan = settings.Resolve(problems);
        ProblemView.Write(terminal, problems.Sorted().Where(problem => problem.Severity == Severity.Error));
        return plan is null ? ExitCode.WrongInput : ServeAsync(plan, settings, terminal, cancellation).GetAwaiter().GetResult();
    }

    private static async Task<int> ServeAsync(OneProxyPlan plan, ProxySettings settings, Terminal terminal, CancellationToken signal)
    {
        var time = TimeProvider.System;
        long began = time.GetTimestamp();
        await using var proxy = await OneProxy.StartAsync(plan, signal).ConfigureAwait(false);
        if (!settings.Quiet) terminal.Error.WriteLine($"listening on {proxy.Address}, sending to {string.Join(", ", plan.Upstreams)}");
        while (!signal.IsCancellationRequested && !(plan.Time is { } end && time.GetElapsedTime(began) >= end))
        {
            await WaitAsync(plan.Time - time.GetElapsedTime(began), time, signal).ConfigureAwait(false);
            if (!settings.Quiet && terminal.IsLive) terminal.Error.Write($"\r{Line(proxy.Read(), plan, time.GetElapsedTime(began))}\u001b[K");
        }
        if (settings.Quiet) return ExitCode.Passed;
        if (terminal.IsLive) terminal.Error.WriteLine();
        terminal.Error.WriteLine($"ended after {Units.Duration(time.GetElapsedTime(began).TotalSeconds)}: {Line(proxy.Read(), plan, plan.Lease)}");
        return ExitCode.Passed;
    }

    private static async Task WaitAsync(TimeSpan? left, TimeProvider time, CancellationToken signal)
    {
        try
        {
            await Task.Delay(left is { } rest && rest < Refresh ? (rest > TimeSpan.Zero ? rest : TimeSpan.Zero) : Refresh, time, signal).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C: the loop sees it.
        }
    }

    private static string Line(OneProxyReading reading, OneProxyPlan plan, TimeSpan elapsed)
    {
        string requests = reading.Requests == 0 ? $"no {(plan.IsTcp ? "connection" : "request")} yet"
            : $"{Units.Count(reading.Requests)} {(plan.IsTcp ? "connections" : "requests")}, {Units.Percent((double)reading.Succeeded / reading.Requests)} succeeded, "
            + $"p50 {Units.Duration(reading.P50 / TimeSpan.TicksPerSecond)}, p99 {Units.Duration(reading.P99 / TimeSpan.TicksPerSecond)}";
        string left = plan.World.Faults.Count + plan.Toxics.Count == 0 ? "" : elapsed < plan.Lease ? $"; faults end in {Units.Duration((plan.Lease - elapsed).TotalSeconds)}" : "; faults have ended";
        return requests + string.Concat(reading.Faults.Select(Fault)) + left;
    }

    /// <summary>Measured beside asked: shares and delays are what was injected, not what was wished.</summary>
    private static string Fault(OneFaultReading fault)
    {
        if (fault.Toxic is { } toxic) return $"; {fault.Name} hit {Units.Count(toxic.Hit)} of {Units.Count(toxic.Eligible)}";
        var count = fault.Count;
        string share = count.Eligible == 0 ? "" : $" ({Units.Percent((double)count.Injected / count.Eligible)}, asked {Units.Percent(count.Requested / count.Eligible)})";
        string delay = count.Delayed == 0 ? "" : $", {Units.Duration(count.DelayTicks / TimeSpan.TicksPerSecond / count.Delayed)} each";
        return $"; {fault.Name} hit {Units.Count(count.Injected)} of {Units.Count(count.Eligible)}{share}{delay}";
    }
}
