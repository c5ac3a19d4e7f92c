using System.CommandLine;
using Mesh.Runtime.ControlPlane.Hosting;
using Mesh.Runtime.ControlPlane.Store;
using Mesh.Runtime.Security.Identities;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary><c>meshlab control-plane</c>: a live mesh's control plane, until Ctrl-C.</summary>
internal static class ControlPlaneCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var directory = new Argument<string?>("DIR") { Description = "The desired configuration: a directory of YAML files with 'services' and 'mesh', as scenarios have them. Default: 'configuration' in the state directory.", Arity = ArgumentArity.ZeroOrOne };
        var state = new Option<string>("--state") { Description = "Where it keeps what it must not forget; made where there is none. Default: $MESHLAB_STATE, else meshlab in the user's state directory." };
        var admin = new Option<string>("--admin") { Description = "Where the admin API listens; port 0 is a free one. Default 127.0.0.1:15010.", DefaultValueFactory = _ => "127.0.0.1:15010" };
        var access = new Option<string>("--admin-access") { Description = "A file that says who may come to the admin API: TLS, client certificates, tokens, roles. Needed beyond loopback." };
        var listen = new Option<string>("--listen") { Description = "Where sidecars connect; port 0 is a free one. Default 127.0.0.1:15012.", DefaultValueFactory = _ => "127.0.0.1:15012" };
        var tls = new Option<bool>("--tls") { Description = "Sidecars come by mutual TLS, with certificates that they get for join tokens. Always so beyond loopback." };
        var discover = new Option<string[]>("--discover") { Description = "Where services are found: " + DiscoverArgument.Help };
        var dns = new Option<string[]>("--dns-server") { Description = "A name server for --discover dns:…: 127.0.0.1:53. May be repeated. Default: the system's." };
        var share = new Option<string>("--max-fault-share") { Description = "The largest share of a service's requests that faults may hit without --allow-large. Default 50%.", DefaultValueFactory = _ => "50%" };
        var faults = new Option<int>("--max-faults") { Description = "The most faults at once without --allow-large. Default 3.", DefaultValueFactory = _ => 3 };
        var domain = new Option<string>("--trust-domain") { Description = "The trust domain of its certificate authority. Default cluster.local.", DefaultValueFactory = _ => "cluster.local" };
        var json = new Option<bool>("--json") { Description = "Prints where it listens as one line of JSON." };
        var command = new Command("control-plane", "Run a live mesh's control plane, until Ctrl-C.") { directory, state, admin, access, listen, tls, discover, dns, share, faults, domain, json };
        command.SetAction(parsed => Run(new ControlPlaneSettings
        {
            Directory = parsed.GetValue(directory),
            State = parsed.GetValue(state) ?? StatePlaces.DefaultState,
            Admin = parsed.GetValue(admin)!,
            Access = parsed.GetValue(access),
            Listen = parsed.GetValue(listen)!,
            Tls = parsed.GetValue(tls),
            Discover = parsed.GetValue(discover) ?? [],
            NameServers = parsed.GetValue(dns) ?? [],
            MaxFaultShare = parsed.GetValue(share)!,
            MaxFaults = parsed.GetValue(faults),
            TrustDomain = parsed.GetValue(domain)!,
        }, parsed.GetValue(json), terminal, cancellation));
        return command;
    }

    private static int Run(ControlPlaneSettings settings, bool json, Terminal terminal, CancellationToken cancellation)
    {
        var problems = new Problems();
        try
        {
            var options = settings.Resolve(problems, line => Log(terminal, line));
            ProblemView.Write(terminal, problems.Sorted());
            return options is null ? ExitCode.WrongInput : ServeAsync(options, json, terminal, cancellation).GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is StoreException or IdentityException)
        {
            throw new InputException(error.Message);
        }
    }

    private static async Task<int> ServeAsync(ControlPlaneHostOptions options, bool json, Terminal terminal, CancellationToken signal)
    {
        await using var host = await ControlPlaneHost.StartAsync(options, signal).ConfigureAwait(false);
        string scheme = options.Admin.Certificate is null ? "http" : "https";
        terminal.Output.WriteLine(json
            ? System.Text.Json.JsonSerializer.Serialize(new { admin = $"{scheme}://{host.AdminAddress}", sidecars = $"{host.ProxyAddress}", token = options.Admin.TokenFile, configuration = options.Configuration.Status.Directory, pid = Environment.ProcessId })
            : $"sidecars at {host.ProxyAddress}{(options.ProxiesByTls ? $" (TLS; their trust bundle is {Path.Combine(options.StateDirectory, "authority", "bundle.pem")})" : "")}, admin API at {scheme}://{host.AdminAddress}, its token in {options.Admin.TokenFile ?? "no file"}; configuration in {options.Configuration.Status.Directory}");
        terminal.Output.Flush();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var told = signal.UnsafeRegister(static end => ((TaskCompletionSource)end!).TrySetResult(), ended);
        await ended.Task.ConfigureAwait(false);
        return ExitCode.Passed;
    }

    private static void Log(Terminal terminal, string line)
    {
        lock (terminal) terminal.Error.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss} {line}");
    }
}
