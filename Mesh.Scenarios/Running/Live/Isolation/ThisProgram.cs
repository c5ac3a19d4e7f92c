using System.Diagnostics;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>The program that this is, to be started once more.</summary>
internal static class ThisProgram
{
    /// <summary>
    /// How many calls of a method, in hexadecimal, until the runtime compiles it a second time, optimized; by default 30. Many processes that compile the same are what an isolated world costs most:
    /// with 1000 a small one needs a third less of the processor, and what is called often is optimized all the same.
    /// </summary>
    private const string OptimizeAfter = "DOTNET_TC_CallCountThreshold";

    /// <summary>How it is started with these arguments, with all three streams as pipes.</summary>
    public static ProcessStartInfo Again(params string[] arguments)
    {
        // A launcher of its own has the program's name; otherwise 'dotnet' runs the assembly, as it does here.
        string program = typeof(ThisProgram).Assembly.Location;
        string host = Environment.ProcessPath ?? "dotnet";
        string[] command = Path.GetFileNameWithoutExtension(host) switch
        {
            "meshlab" => [host],
            "dotnet" => [host, program],
            _ => ["dotnet", program],
        };
        var start = new ProcessStartInfo(command[0], [.. command[1..], .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.TryAdd(OptimizeAfter, "3E8");
        return start;
    }
}
