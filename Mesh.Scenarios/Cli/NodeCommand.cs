using System.Runtime.InteropServices;
using Mesh.Scenarios.Running.Live.Isolation;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab node NAME</c>: one sidecar or service of an isolated world, started by the runner and by nobody else. Its standard streams are its way to the runner.</summary>
internal static class NodeCommand
{
    /// <summary>Its first word; the second says what the process is, to those who look at a list of processes.</summary>
    public const string Name = "node";

    /// <summary>What a process that SIGTERM ends has for an exit code.</summary>
    private const int Terminated = 128 + 15;

    /// <summary>Does what the runner says until it is gone. Nothing of the command line is made for it: a mesh has many of these processes, and each would pay for that.</summary>
    public static int Run()
    {
        // Ctrl-C goes to all processes of a terminal, and ends the runner: what becomes of this one then, the runner says. Who asks this one alone to end has his way.
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(Terminated));
        var output = Console.OpenStandardOutput();
        Console.SetOut(Console.Error);   // nothing else goes into the pipe
        try
        {
            IsolatedChild.Run(Console.OpenStandardInput(), output);
            return ExitCode.Passed;
        }
        catch (InvalidDataException error)
        {
            Console.Error.WriteLine($"error meshlab node is told by 'run --live --isolate' and 'up --isolate' what to be, not by people: {error.Message}");
            return ExitCode.WrongInput;
        }
    }
}
