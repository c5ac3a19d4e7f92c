using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Mesh.Scenarios.Tests.Cli.Admin;

/// <summary>A process of the program that goes on until it is told to end; what it writes can be read meanwhile.</summary>
internal sealed class PlaneProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    public PlaneProcess(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "meshlab.dll"), .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Add(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Add(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => Read(_output);

    public string Error => Read(_error);

    public int Code => _process.ExitCode;

    /// <summary>A control plane that listens, and where.</summary>
    public static Task<(PlaneProcess Process, string Url, string Sidecars)> StartPlaneAsync(params string[] args) => StartPlaneAtAsync("127.0.0.1:0", args);

    public static async Task<(PlaneProcess Process, string Url, string Sidecars)> StartPlaneAtAsync(string listen, params string[] args)
    {
        var process = new PlaneProcess(["control-plane", .. args, "--admin", "127.0.0.1:0", "--listen", listen, "--json"]);
        await LivePlane.Until(() => Task.FromResult(process.Output.Contains('\n', StringComparison.Ordinal) || process._process.HasExited));
        Assert.False(process._process.HasExited, process.Error);
        var listens = JsonDocument.Parse(process.Output.Split('\n')[0]).RootElement;
        return (process, listens.GetProperty("admin").GetString()!, listens.GetProperty("sidecars").GetString()!);
    }

    /// <summary>What Ctrl-C sends.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>What <c>kill -9</c> does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public async Task EndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(limit.Token);
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    private static void Add(StringBuilder text, string? line)
    {
        lock (text)
            if (line is not null) text.Append(line).Append('\n');
    }

    private static string Read(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
