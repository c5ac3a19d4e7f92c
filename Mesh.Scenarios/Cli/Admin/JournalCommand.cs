using System.CommandLine;
using Mesh.Runtime.ControlPlane;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary><c>meshlab journal</c>: who did what, when and why.</summary>
internal static class JournalCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var most = new Option<int>("--last") { Description = "How many entries. Default 50.", DefaultValueFactory = _ => 50 };
        return AdminCommand.Asking(new Command("journal", "List what happened in a live mesh, newest first: who, what, when, why.") { most }, terminal, cancellation, async (parsed, client, json) =>
        {
            var entries = await client.GetAsync<IReadOnlyList<JournalEntry>>($"/v1/journal?most={parsed.GetValue(most)}", cancellation).ConfigureAwait(false);
            if (json) return AdminCommand.Json(terminal, entries);
            if (entries.Count == 0) terminal.Output.WriteLine("nothing has happened yet");
            else AdminTables.Journal(terminal, entries);
            return ExitCode.Passed;
        });
    }
}
