using System.CommandLine;
using Mesh.Runtime.ControlPlane;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary><c>meshlab faults</c>: faults in force.</summary>
internal static class FaultsCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation) =>
        AdminCommand.Asking(new Command("faults", "List the faults in force in a live mesh: asked for beside measured."), terminal, cancellation, async (_, client, json) =>
        {
            var faults = await client.GetAsync<IReadOnlyList<FaultStatusLine>>("/v1/faults", cancellation).ConfigureAwait(false);
            if (json) return AdminCommand.Json(terminal, faults);
            if (faults.Count == 0) terminal.Output.WriteLine("no fault is in force");
            else AdminTables.Faults(terminal, faults);
            return ExitCode.Passed;
        });
}
