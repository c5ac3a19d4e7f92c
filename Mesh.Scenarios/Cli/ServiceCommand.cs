using System.CommandLine;
using System.Text.Json;
using Mesh.Runtime.Sidecar;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab service</c>: one replica of a synthetic service over HTTP and gRPC, until a signal or its parent's end.</summary>
internal static class ServiceCommand
{
    /// <summary>How long a service may drain whose parent is gone: nobody is left who would wait for its answers. Kestrel takes another second to break connections off.</summary>
    private static readonly TimeSpan OrphanDrain = TimeSpan.FromMilliseconds(250);

    private const int MostBurning = 1000;

    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var scenario = new Option<string>("--scenario") { Description = "The scenario that describes the service. Default: the options do." };
        var sets = new Option<string[]>("--set") { Description = "Replaces a value of the scenario." };
        var seed = new Option<string>("--seed") { Description = "The seed of its draws. Default: the scenario's." };
        var service = new Option<string>("--service") { Description = "The service's name." };
        var version = new Option<string>("--version") { Description = "Its version, where it has several." };
        var replica = new Option<int>("--replica") { Description = "The replica's number within the version. Default 0." };
        var listen = new Option<string>("--listen") { Description = "Where it listens; port 0 is a free one. Default 127.0.0.1:0.", DefaultValueFactory = _ => "127.0.0.1:0" };
        var outbound = new Option<string>("--outbound") { Description = "Its sidecar, which takes its calls to all services: http://127.0.0.1:15001. Default: HTTP_PROXY of the environment, else the services by name." };
        var serviceTime = new Option<string>("--service-time") { Description = "Its own work for a request: 5ms, or \"mean 5ms, p99 20ms\". Default 0." };
        var errorRate = new Option<string>("--error-rate") { Description = "Share of requests answered with an error: 1%. Default 0." };
        var workers = new Option<string>("--workers") { Description = "Requests that it works on at once. Default 16." };
        var queue = new Option<string>("--queue") { Description = "Requests that may wait: a number, or unlimited. Default 1024." };
        var responseSize = new Option<string>("--response-size") { Description = "Size of the answer's body at the path /: 16KiB. Default 0." };
        var work = new Option<string>("--work") { Description = "How it works: timer (waits), or cpu (burns so much processor time). Default timer.", DefaultValueFactory = _ => "timer" };
        var drain = new Option<string>("--drain") { Description = "How long requests in progress may take at its end. Default 5s.", DefaultValueFactory = _ => "5s" };
        var withParent = new Option<bool>("--with-parent") { Description = "Ends when standard input does: when the process that started it is gone." };
        var json = new Option<bool>("--json") { Description = "Prints where it listens as one line of JSON." };
        var command = new Command("service", "Serve one replica of a synthetic service over HTTP and gRPC.")
        {
            scenario, sets, seed, service, version, replica, listen, outbound, serviceTime, errorRate, workers, queue, responseSize, work, drain, withParent, json,
        };
        replica.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0) result.AddError("--replica counts from 0.");
        });
        command.SetAction(parsed => Run(new ServiceSettings
        {
            Scenario = parsed.GetValue(scenario),
            Sets = parsed.GetValue(sets) ?? [],
            Seed = parsed.GetValue(seed),
            Service = parsed.GetValue(service),
            Version = parsed.GetValue(version),
            Replica = parsed.GetValue(replica),
            Listen = parsed.GetValue(listen)!,
            Outbound = parsed.GetValue(outbound),
            ServiceTime = parsed.GetValue(serviceTime),
            ErrorRate = parsed.GetValue(errorRate),
            Workers = parsed.GetValue(workers),
            Queue = parsed.GetValue(queue),
            ResponseSize = parsed.GetValue(responseSize),
            Work = parsed.GetValue(work)!,
            Drain = parsed.GetValue(drain)!,
            WithParent = parsed.GetValue(withParent),
            Json = parsed.GetValue(json),
        }, terminal, cancellation));
        return command;
    }

    private static int Run(ServiceSettings settings, Terminal terminal, CancellationToken cancellation)
    {
        var problems = new Problems();
        if (ServiceSource.Resolve(settings, problems) is not { } run)
        {
            ProblemView.Write(terminal, problems.Sorted().Where(problem => problem.Severity == Severity.Error));
            return ExitCode.WrongInput;
        }
        var parent = settings.WithParent ? ParentWatch.Of(Console.OpenStandardInput()) : CancellationToken.None;
        return ServeAsync(run, settings.Json, terminal, parent, cancellation).GetAwaiter().GetResult();
    }

    private static async Task<int> ServeAsync(ServiceRun run, bool json, Terminal terminal, CancellationToken parent, CancellationToken signal)
    {
        // Who burns the processor holds a thread of the pool; there have to be others to take requests in meanwhile.
        if (run.Work == ServiceWork.Cpu) ThreadPool.SetMinThreads(Math.Min(run.Options.Version.Workers, MostBurning) + Environment.ProcessorCount, Environment.ProcessorCount);
        var time = new LiveTime();
        using var timers = new PreciseTimers(time, "service time");
        using var outbound = new LiveClient(run.Outbound, time);
        await using var service = await SyntheticService.StartAsync(run.Options, new LiveReplicaPorts(timers, outbound, run.Work), CancellationToken.None).ConfigureAwait(false);
        Announce(service, run, json, terminal);
        await EndOf(parent, signal).ConfigureAwait(false);
        var limit = parent.IsCancellationRequested && OrphanDrain < run.Drain ? OrphanDrain : run.Drain;
        return await service.StopAsync(limit).ConfigureAwait(false) ? ExitCode.Passed : ExitCode.Stopped;
    }

    private static void Announce(SyntheticService service, ServiceRun run, bool json, Terminal terminal)
    {
        string url = $"http://{service.Address}";
        terminal.Output.WriteLine(json
            ? JsonSerializer.Serialize(new { url, host = service.Address.Host, port = service.Address.Port, service = run.Options.Service.Name, version = run.Options.Version.Name, replica = service.Name, pid = Environment.ProcessId })
            : $"{url} {service.Name}");
        terminal.Output.Flush();
    }

    private static async Task EndOf(CancellationToken parent, CancellationToken signal)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var gone = parent.UnsafeRegister(static end => ((TaskCompletionSource)end!).TrySetResult(), ended);
        using var told = signal.UnsafeRegister(static end => ((TaskCompletionSource)end!).TrySetResult(), ended);
        await ended.Task.ConfigureAwait(false);
    }
}
