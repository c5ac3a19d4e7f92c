using System.CommandLine;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Injection;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary><c>meshlab inject</c>: a fault in a live mesh, for as long as the command runs or, detached, for a time.</summary>
internal static class InjectCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var fault = new Argument<string>("FAULT") { Description = "What goes wrong: delay=200ms@10%, \"delay=mean 200ms, p99 1s\", abort=503@5%, \"abort=grpc 14@5%\", reset@1%, bandwidth=100kbit/s, truncate=50%@1%, corrupt@1%." };
        var service = new Option<string>("--service") { Description = "The called service.", Required = true };
        var version = new Option<string>("--version") { Description = "Its version. Default: all." };
        var zone = new Option<string>("--zone") { Description = "Its zone. Default: all." };
        var path = new Option<string>("--path") { Description = "Only requests to this path." };
        var header = new Option<string[]>("--header") { Description = "Only requests with this header: \"x-user: ann\". May be repeated." };
        var site = new Option<string>("--site") { Description = "request (before retries), attempt (behind them) or server. Default attempt.", DefaultValueFactory = _ => "attempt" };
        var time = new Option<string>("--for") { Description = "How long it is in force: 5m. At most 24h.", Required = true };
        var detach = new Option<bool>("--detach") { Description = "Returns at once; the fault stays in force for its time. Default: the command keeps it in force, and it ends with the command." };
        var large = new Option<bool>("--allow-large") { Description = "Also beyond the limits of a blast radius." };
        var command = AdminCommand.Asking(
            new Command("inject", "Inject a fault into a live mesh. It ends with the command, at Ctrl-C, when its time is over, or with 'inject stop'.") { fault, service, version, zone, path, header, site, time, detach, large },
            terminal, cancellation, async (parsed, client, json) =>
            {
                var request = new FaultRequest
                {
                    Fault = parsed.GetValue(fault)!,
                    Service = parsed.GetValue(service)!,
                    Version = parsed.GetValue(version),
                    Zone = parsed.GetValue(zone),
                    Path = parsed.GetValue(path),
                    Headers = Headers(parsed.GetValue(header) ?? []),
                    Site = parsed.GetValue(site)!,
                    For = Duration(parsed.GetValue(time)!),
                    AllowLarge = parsed.GetValue(large),
                };
                return await new HeldFault(client, terminal, json, TimeProvider.System).RunAsync(request, parsed.GetValue(detach), cancellation).ConfigureAwait(false);
            });
        command.Add(Stop(terminal, cancellation));
        return command;
    }

    private static Command Stop(Terminal terminal, CancellationToken cancellation)
    {
        var id = new Argument<string?>("ID") { Description = "The fault, as 'meshlab faults' names it.", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "Ends all faults, the last one first." };
        var why = new Option<string>("--why") { Description = "Why, for the journal.", DefaultValueFactory = _ => "stopped by hand" };
        return AdminCommand.Asking(new Command("stop", "End a fault, or all.") { id, all, why }, terminal, cancellation, async (parsed, client, json) =>
        {
            string? one = parsed.GetValue(id);
            if (one is null != parsed.GetValue(all)) throw new InputException("say which fault is to end, or --all; 'meshlab faults' lists them.");
            string reason = Uri.EscapeDataString(parsed.GetValue(why)!);
            var answer = await client.ChangeAsync<ChangeAnswer>(HttpMethod.Delete, one is null ? $"/v1/faults?why={reason}" : $"/v1/faults/{Uri.EscapeDataString(one)}?why={reason}", null, cancellation).ConfigureAwait(false);
            if (json) return AdminCommand.Json(terminal, answer);
            if (answer.Notes.Count == 0) terminal.Output.WriteLine("no fault was in force");
            foreach (string note in answer.Notes) terminal.Output.WriteLine(note);
            return ExitCode.Passed;
        });
    }

    private static SortedDictionary<string, string> Headers(string[] given)
    {
        var headers = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string header in given)
        {
            string[] parts = header.Split(':', 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || parts[0].Length == 0) throw new InputException($"--header {header}: write a name and a value: \"x-user: ann\".");
            headers[parts[0]] = parts[1];
        }
        return headers;
    }

    private static TimeSpan Duration(string text)
    {
        if (Quantity.Duration.Parse(text, out double seconds) is { } problem) throw new InputException($"--for {text}: {problem}");
        if (seconds is <= 0 or > 86400) throw new InputException($"--for {text}: a fault is a lease: write more than 0, and 24h at most.");
        return TimeSpan.FromSeconds(seconds);
    }
}
