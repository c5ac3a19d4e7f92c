using System.CommandLine;
using System.Text.Json;
using Mesh.Runtime.ControlPlane.Admin;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary>How a command that asks a control plane runs: connect, ask, print.</summary>
internal static class AdminCommand
{
    /// <summary>Has a command ask a control plane.</summary>
    /// <param name="command">The command, with its own arguments.</param>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <param name="run">What it does; given whether JSON is wanted. Returns the exit code.</param>
    public static Command Asking(Command command, Terminal terminal, CancellationToken cancellation, Func<ParseResult, AdminClient, bool, Task<int>> run)
    {
        var arguments = new AdminArguments();
        arguments.AddTo(command);
        command.SetAction(parsed =>
        {
            try
            {
                using var client = arguments.Connect(parsed);
                return run(parsed, client, arguments.IsJson(parsed)).GetAwaiter().GetResult();
            }
            catch (UnreachableException error)
            {
                terminal.Error.WriteLine($"error {error.Message}");
                return ExitCode.WrongInput;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return ExitCode.Stopped;
            }
        });
        return command;
    }

    /// <summary>Prints a document.</summary>
    public static int Json<T>(Terminal terminal, T value)
    {
        terminal.Output.WriteLine(JsonSerializer.Serialize(value, Indented));
        return ExitCode.Passed;
    }

    private static JsonSerializerOptions Indented { get; } = new(AdminJson.Options) { WriteIndented = true };
}
