using Mesh.Reports.Rendering;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Injection;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary>One fault from its blast radius to its end. Attached, the command's life is the fault's: it renews a short lease, so that nothing stays when it is killed.</summary>
internal sealed class HeldFault(AdminClient client, Terminal terminal, bool json, TimeProvider time)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(5);

    public async Task<int> RunAsync(FaultRequest request, bool detach, CancellationToken signal)
    {
        if (!detach) request = request with { Lease = Lease };
        var radius = await client.ChangeAsync<ChangeAnswer>(HttpMethod.Post, "/v1/faults?dryRun=true", request, signal).ConfigureAwait(false);
        foreach (string note in radius.Notes) terminal.Error.WriteLine($"{request.Fault} {note}");
        var answer = await client.ChangeAsync<ChangeAnswer>(HttpMethod.Post, "/v1/faults", request, signal).ConfigureAwait(false);
        string id = answer.Id!;
        if (detach)
        {
            if (json) return AdminCommand.Json(terminal, answer);
            terminal.Output.WriteLine($"{id} is in force for {AdminTables.Time(request.For)}; end it sooner with: meshlab inject stop {id}");
            return ExitCode.Passed;
        }
        terminal.Error.WriteLine($"{id} is in force for {AdminTables.Time(request.For)}, as long as this runs; Ctrl-C ends it");
        var (last, end) = await HoldAsync(id, request, signal).ConfigureAwait(false);
        if (json) AdminCommand.Json(terminal, new { id, end = end.Word, why = end.Why, measured = last });
        else terminal.Output.WriteLine($"{id} has ended: {end.Why}{(last is null ? "" : $"; {Measured(last)}")}");
        return end.Word == "stopped" ? ExitCode.Stopped : ExitCode.Passed;
    }

    /// <summary>Keeps the fault in force until its time is over, somebody ends it, or Ctrl-C.</summary>
    private async Task<(FaultStatusLine? Last, (string Word, string Why) End)> HoldAsync(string id, FaultRequest request, CancellationToken signal)
    {
        long began = time.GetTimestamp(), renewed = began;
        FaultStatusLine? last = null;
        while (true)
        {
            if (time.GetElapsedTime(began) >= request.For) return (last, ("over", "its time is over"));
            if (!await WaitAsync(request.For - time.GetElapsedTime(began), signal).ConfigureAwait(false))
            {
                await EndAsync(id).ConfigureAwait(false);
                return (last, ("interrupted", "Ctrl-C"));
            }
            try
            {
                var faults = await client.GetAsync<IReadOnlyList<FaultStatusLine>>("/v1/faults", CancellationToken.None).ConfigureAwait(false);
                if (faults.FirstOrDefault(fault => fault.Id == id) is not { } mine)
                    return (last, time.GetElapsedTime(began) >= request.For - Refresh ? ("over", "its time is over") : ("stopped", "somebody else ended it, or its lease ran out"));
                last = mine;
                if (terminal.IsLive) terminal.Error.Write($"\r{Measured(mine)}\u001b[K");
                if (time.GetElapsedTime(renewed) < Heartbeat) continue;
                if (await client.TryChangeAsync(HttpMethod.Post, $"/v1/faults/{id}/renew", CancellationToken.None).ConfigureAwait(false)) renewed = time.GetTimestamp();
            }
            catch (UnreachableException error)
            {
                if (time.GetElapsedTime(renewed) > Lease) return (last, ("stopped", $"its lease has run out, for {error.Message}"));
                terminal.Error.WriteLine($"warning the control plane cannot be reached; the fault ends by itself in {AdminTables.Time(Lease - time.GetElapsedTime(renewed))} at the latest");
            }
        }
    }

    /// <summary>Waits a moment.</summary>
    /// <returns>False at Ctrl-C.</returns>
    private async Task<bool> WaitAsync(TimeSpan left, CancellationToken signal)
    {
        try
        {
            await Task.Delay(left < Refresh ? (left > TimeSpan.Zero ? left : TimeSpan.Zero) : Refresh, time, signal).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task EndAsync(string id)
    {
        if (terminal.IsLive) terminal.Error.WriteLine();
        using var limit = new CancellationTokenSource(EndTime, time);
        try
        {
            await client.TryChangeAsync(HttpMethod.Delete, $"/v1/faults/{id}?why=Ctrl-C", limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is UnreachableException or OperationCanceledException)
        {
            terminal.Error.WriteLine($"warning the control plane cannot be reached; the fault ends by itself in {AdminTables.Time(Lease)} at the latest");
        }
    }

    /// <summary>Measured beside asked.</summary>
    private static string Measured(FaultStatusLine fault)
    {
        if (fault.Eligible == 0) return "no request that it might hit yet";
        string delay = fault.DelayMeasured is { } measured ? $", {Units.Duration(measured.TotalSeconds)} each{(fault.DelayRequested is { } asked ? $" (asked {Units.Duration(asked.TotalSeconds)})" : "")}" : "";
        return $"hit {Units.Count(fault.Injected)} of {Units.Count(fault.Eligible)} requests: {Units.Percent((double)fault.Injected / fault.Eligible)} (asked {Units.Percent(fault.Requested / fault.Eligible)}){delay}";
    }
}
