using System.CommandLine;
using Mesh.Runtime.ControlPlane;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary><c>meshlab proxies</c>: the proxies and what they work by.</summary>
internal static class ProxiesCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation) =>
        AdminCommand.Asking(new Command("proxies", "List a live mesh's proxies, and the versions that they work by."), terminal, cancellation, async (_, client, json) =>
        {
            var proxies = await client.GetAsync<IReadOnlyList<ProxyStatusLine>>("/v1/proxies", cancellation).ConfigureAwait(false);
            if (json) return AdminCommand.Json(terminal, proxies);
            if (proxies.Count == 0) terminal.Output.WriteLine("no proxy has connected yet");
            else AdminTables.Proxies(terminal, proxies);
            return ExitCode.Passed;
        });
}
