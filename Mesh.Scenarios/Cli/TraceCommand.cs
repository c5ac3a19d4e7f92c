using System.CommandLine;
using Mesh.Reports.Trace;

namespace Mesh.Scenarios.Cli;

/// <summary><c>meshlab trace hash FILE</c>: recomputes a trace's hash.</summary>
internal static class TraceCommand
{
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "A trace, as 'run --trace' writes it." };
        var hash = new Command("hash", "Recompute the hash of a trace file.") { file };
        hash.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            if (!File.Exists(path)) throw new InputException($"{path}: there is no such file; 'meshlab run FILE --trace TRACE' writes one.");
            try
            {
                terminal.Output.WriteLine(TraceFile.Hash(path));
            }
            catch (InvalidDataException error)
            {
                throw new InputException(error.Message);
            }
        });
        return new Command("trace", "Work with trace files.") { hash };
    }
}
