using System.CommandLine;
using System.Runtime.InteropServices;
using Mesh.Scenarios.Cli.Admin;
using Mesh.Simulator.Randomness;

namespace Mesh.Scenarios.Cli;

/// <summary>The command line: every command, and what they share: how signals, wrong arguments and bugs end the program.</summary>
internal static class CommandLine
{
    /// <summary>Runs the program and returns its exit code.</summary>
    public static int Run(string[] args, Terminal terminal, CancellationToken cancellation = default)
    {
        Distribution.RegisterForm();
        try
        {
            var parsed = Root(terminal, cancellation).Parse(args);
            if (parsed.Errors.Count > 0)
            {
                foreach (var error in parsed.Errors) terminal.Error.WriteLine($"error {error.Message}");
                terminal.Error.WriteLine($"'meshlab {string.Join(' ', Path(parsed.CommandResult.Command))}--help' shows what is allowed.");
                return ExitCode.WrongInput;
            }
            return parsed.Invoke(new InvocationConfiguration { Output = terminal.Output, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (InputException error)
        {
            terminal.Error.WriteLine($"error {error.Message}");
            return ExitCode.WrongInput;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A place that cannot be written, or a pipe that nobody reads any more.
            terminal.Error.WriteLine($"error {error.Message}");
            return ExitCode.WrongInput;
        }
        catch (Exception error)
        {
            return Bug(error, args, terminal);
        }
    }

    /// <summary>Runs the program in this process; Ctrl-C and SIGTERM end it cleanly, with what was done so far.</summary>
    public static int RunProcess(string[] args)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return args is [NodeCommand.Name, _] ? NodeCommand.Run() : Run(args, Terminal.OfProcess(), stop.Token);

        // The second signal ends the process at once.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    private static RootCommand Root(Terminal terminal, CancellationToken cancellation) => new("MeshLab: a service mesh in a deterministic laboratory.")
    {
        RunCommand.Create(terminal, cancellation),
        CompareCommand.Create(terminal, cancellation),
        InitCommand.Create(terminal),
        ValidateCommand.Create(terminal),
        SchemaCommand.Create(terminal),
        ImportCommand.Create(terminal),
        GenerateCommand.Create(terminal),
        ReportCommand.Create(terminal),
        WhyCommand.Create(terminal, cancellation),
        TraceCommand.Create(terminal),
        CheckCommand.Create(terminal),
        ProxyCommand.Create(terminal, cancellation),
        UpCommand.Create(terminal, cancellation),
        SidecarCommand.Create(terminal, cancellation),
        ServiceCommand.Create(terminal, cancellation),
        ControlPlaneCommand.Create(terminal, cancellation),
        StatusCommand.Create(terminal, cancellation),
        InjectCommand.Create(terminal, cancellation),
        FaultsCommand.Create(terminal, cancellation),
        ProxiesCommand.Create(terminal, cancellation),
        CertificatesCommand.Create(terminal, cancellation),
        ConfigCommand.Create(terminal, cancellation),
        JournalCommand.Create(terminal, cancellation),
    };

    private static IEnumerable<string> Path(Command command) =>
        (command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Path(parent) : []).Concat(command is RootCommand ? [] : [command.Name + " "]).Select(name => name.Trim() + " ");

    private static int Bug(Exception error, string[] args, Terminal terminal)
    {
        terminal.Error.WriteLine($"This is a bug in MeshLab {Running.RunFacts.Version}, not in your files: {error.GetType().Name}: {error.Message}");
        terminal.Error.WriteLine($"Please report it with this command line and the file that it names: meshlab {ReplayCommand.Quote(args)}");
        if (Environment.GetEnvironmentVariable("MESHLAB_DEBUG") == "1") terminal.Error.WriteLine(error.ToString());
        else terminal.Error.WriteLine("With MESHLAB_DEBUG=1 in the environment it prints where it happened.");
        return ExitCode.Bug;
    }
}

/// <summary>What the user gave is wrong; the message says what and why.</summary>
internal sealed class InputException(string message) : Exception(message);
