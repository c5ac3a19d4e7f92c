using System.CommandLine;
using Mesh.Runtime.ControlPlane;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary><c>meshlab status</c>: how a control plane goes.</summary>
internal static class StatusCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation) =>
        AdminCommand.Asking(new Command("status", "Say how a live mesh's control plane goes."), terminal, cancellation, async (_, client, json) =>
        {
            var status = await client.GetAsync<ControlPlaneStatus>("/v1/status", cancellation).ConfigureAwait(false);
            return json ? AdminCommand.Json(terminal, status) : Print(status, terminal);
        });

    private static int Print(ControlPlaneStatus status, Terminal terminal)
    {
        var output = terminal.Output;
        int connected = status.Proxies.Count(proxy => proxy.Connected);
        output.WriteLine($"up {AdminTables.Time(status.Up)}, {status.Services.Count} services, {connected} of {status.Proxies.Count} proxies connected, {status.Faults.Count} faults in force");
        output.WriteLine($"configuration: {status.Configuration.Files} files in {status.Configuration.Directory}");
        foreach (string problem in status.Configuration.Problems) output.WriteLine($"  refused, the last good one stays: {problem}");
        foreach (string problem in status.Refused) output.WriteLine($"  refused of late: {problem}");
        if (status.Services.Count > 0) Section(() => AdminTables.Services(terminal, status.Services));
        if (status.Sources.Count > 0) Section(() => AdminTables.Sources(terminal, status.Sources));
        if (status.Proxies.Count > 0) Section(() => AdminTables.Proxies(terminal, status.Proxies));
        if (status.Faults.Count > 0) Section(() => AdminTables.Faults(terminal, status.Faults));
        return ExitCode.Passed;

        void Section(Action write)
        {
            output.WriteLine();
            write();
        }
    }
}
