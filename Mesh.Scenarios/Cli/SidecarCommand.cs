using System.CommandLine;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab sidecar</c>: one sidecar as a process of its own, under a control plane.</summary>
internal static class SidecarCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var service = new Option<string>("--service") { Description = "The service that it stands before, or that calls others through it.", Required = true };
        var plane = new Option<string>("--control-plane") { Description = "Where the control plane listens for sidecars: 127.0.0.1:15012.", Required = true };
        var inbound = new Option<string>("--inbound") { Description = "Where it takes requests for the application; port 0 is a free one." };
        var application = new Option<string>("--application") { Description = "Where the application listens: 127.0.0.1:8080." };
        var outbound = new Option<string>("--outbound") { Description = "Where it takes the application's own requests, by the host asked for and as HTTP proxy: 127.0.0.1:15001." };
        var advertise = new Option<string>("--advertise") { Description = "The host by which others reach it. Default: the inbound address, or the machine's name where that is any." };
        var name = new Option<string>("--name") { Description = "Its name, unique in the mesh. Default: from the service, the machine and the port." };
        var zone = new Option<string>("--zone") { Description = "The zone that it stands in." };
        var version = new Option<string>("--version") { Description = "The version of its service. Default v1." };
        var calls = new Option<string>("--calls") { Description = "The services that it calls: cart,db. It is told of these and its own only. Default: all." };
        var state = new Option<string>("--state") { Description = "A directory of its own, where the last good snapshot is kept: it starts from it when the control plane is away." };
        var token = new Option<string>("--join-token-file") { Description = "A file with the join token that its first certificate is asked for with." };
        var bundle = new Option<string>("--trust-bundle") { Description = "A file with the roots by which the control plane proves itself (its 'bundle.pem'): TLS instead of plain text." };
        var domain = new Option<string>("--trust-domain") { Description = "The trust domain. Default cluster.local.", DefaultValueFactory = _ => "cluster.local" };
        var metrics = new Option<string>("--metrics") { Description = "Serves /metrics for Prometheus here: 127.0.0.1:9901." };
        var log = new Option<string>("--access-log") { Description = "Writes an access log to standard output: text (Istio's), envoy, json (Istio's), ecs." };
        var command = new Command("sidecar", "Run one sidecar as a process of its own, told what to do by a control plane, until Ctrl-C.")
        {
            service, plane, inbound, application, outbound, advertise, name, zone, version, calls, state, token, bundle, domain, metrics, log,
        };
        command.SetAction(parsed => Run(new SidecarSettings
        {
            Service = parsed.GetValue(service)!,
            ControlPlane = parsed.GetValue(plane)!,
            Inbound = parsed.GetValue(inbound),
            Application = parsed.GetValue(application),
            Outbound = parsed.GetValue(outbound),
            Advertise = parsed.GetValue(advertise),
            Name = parsed.GetValue(name),
            Zone = parsed.GetValue(zone),
            Version = parsed.GetValue(version),
            Calls = parsed.GetValue(calls),
            State = parsed.GetValue(state),
            JoinTokenFile = parsed.GetValue(token),
            TrustBundle = parsed.GetValue(bundle),
            TrustDomain = parsed.GetValue(domain)!,
            Metrics = parsed.GetValue(metrics),
            AccessLog = parsed.GetValue(log),
        }, terminal, cancellation));
        return command;
    }

    private static int Run(SidecarSettings settings, Terminal terminal, CancellationToken cancellation)
    {
        var problems = new Problems();
        var plan = settings.Resolve(problems);
        ProblemView.Write(terminal, problems.Sorted());
        return plan is null ? ExitCode.WrongInput : ServeAsync(plan, terminal, cancellation).GetAwaiter().GetResult();
    }

    private static async Task<int> ServeAsync(OneSidecarPlan plan, Terminal terminal, CancellationToken signal)
    {
        try
        {
            await using var sidecar = await OneSidecar.StartAsync(plan, Say, signal).ConfigureAwait(false);
            if (sidecar.Inbound is { } inbound) terminal.Output.WriteLine($"inbound  {inbound} for {plan.Application}");
            if (sidecar.Outbound is { } outbound) terminal.Output.WriteLine($"outbound {outbound}");
            if (plan.Metrics is { } metrics) terminal.Output.WriteLine($"metrics  http://{metrics}/metrics");
            terminal.Output.Flush();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, signal).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Say("takes leave, and ends what is under way");
        }
        catch (ArgumentException e)
        {
            terminal.Error.WriteLine($"error {e.Message}");
            return ExitCode.WrongInput;
        }
        catch (OperationCanceledException) when (signal.IsCancellationRequested)
        {
            return ExitCode.Passed;
        }
        return ExitCode.Passed;

        void Say(string what) => terminal.Error.WriteLine($"{plan.Name}: {what}");
    }
}
