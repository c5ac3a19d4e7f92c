using System.Diagnostics;
using System.Text.Json;

namespace Mesh.Scenarios.Tests.Running;

/// <summary>The program in a process of its own.</summary>
internal sealed class MeshLabProcess : IDisposable
{
    /// <summary>The program that was built with these tests.</summary>
    public static readonly string BuiltHere = Path.Combine(AppContext.BaseDirectory, "meshlab.dll");

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private MeshLabProcess(string assembly, string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [assembly, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove("MESHLAB_DEBUG");
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    public static MeshLabProcess Start(params string[] args) => new(BuiltHere, args);

    /// <summary>The trace hash of a run in a process of its own.</summary>
    public static string HashOf(string assembly, params string[] args)
    {
        using var process = new MeshLabProcess(assembly, ["run", .. args, "--json"]);
        var (_, output, error) = process.End();
        Assert.True(output.StartsWith('{'), error);
        return JsonDocument.Parse(output).RootElement.GetProperty("traceHash").GetString()!;
    }

    /// <summary>What Ctrl-C sends.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public (int Code, string Output, string Error) End()
    {
        _process.WaitForExit();
        return (_process.ExitCode, _output.Result, _error.Result);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
