using Mesh.Scenarios.Cli;

namespace Mesh.Scenarios.Tests.Cli;

/// <summary>The program in a directory of its own, with its streams captured.</summary>
internal sealed class MeshLab : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("meshlab-cli");

    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>A file in the directory, by its full path.</summary>
    public string File(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>Writes a file and returns its full path.</summary>
    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    public int Run(params string[] args) => Run(default(CancellationToken), args);

    public int Run(CancellationToken cancellation, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        int code = CommandLine.Run(args, new Terminal(output, error), cancellation);
        (Output, Error) = (output.ToString(), error.ToString());
        return code;
    }
}
