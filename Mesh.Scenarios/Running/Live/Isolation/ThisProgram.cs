using System.Diagnostics;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>The program that this is, to be started once more.</summary>
internal static class ThisProgram
{
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
        return new ProcessStartInfo(command[0], [.. command[1..], .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
    }
}
