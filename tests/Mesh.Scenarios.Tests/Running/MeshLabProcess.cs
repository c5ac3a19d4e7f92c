using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Mesh.Scenarios.Tests.Running;

/// <summary>The program in a process of its own; what it writes can be read meanwhile.</summary>
internal sealed class MeshLabProcess : IDisposable
{
    private static readonly TimeSpan WordLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RunLimit = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private MeshLabProcess(string folder, string[] args)
    {
        // The program is built beside these tests. A shell that starts the tests in the background lets its children ignore Ctrl-C; these are not to.
        string[] command = ["dotnet", Path.Combine(AppContext.BaseDirectory, "meshlab.dll"), .. args];
        string[] all = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", .. command] : command;
        var start = new ProcessStartInfo(all[0], all[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        start.Environment.Remove("MESHLAB_DEBUG");
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Add(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Add(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has said so far.</summary>
    public string Output => Read(_output);

    public string Error => Read(_error);

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int Code => _process.ExitCode;

    public static MeshLabProcess Start(params string[] args) => new(Environment.CurrentDirectory, args);

    public static MeshLabProcess StartIn(string folder, params string[] args) => new(folder, args);

    /// <summary>The rest of the line that begins with a word, once it has been said.</summary>
    public async Task<string> LineAsync(string word)
    {
        using var limit = new CancellationTokenSource(WordLimit);
        while (true)
        {
            bool isOver = HasExited;
            if (Output.Split('\n').FirstOrDefault(line => line.StartsWith(word, StringComparison.Ordinal)) is { } line) return line[word.Length..].Trim();
            if (isOver) throw new InvalidOperationException($"it ended without '{word}': {Output}{Error}");
            await Task.Delay(20, limit.Token);
        }
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

    /// <summary>Waits for its end, which has been asked for.</summary>
    public async Task EndAsync()
    {
        using var limit = new CancellationTokenSource(EndLimit);
        await _process.WaitForExitAsync(limit.Token);
    }

    /// <summary>Waits until it has done its work.</summary>
    public (int Code, string Output, string Error) End()
    {
        Assert.True(_process.WaitForExit(RunLimit), $"it has not ended in {RunLimit.TotalMinutes} minutes: {Output}{Error}");
        _process.WaitForExit();   // for its last words
        return (Code, Output, Error);
    }

    public void Dispose()
    {
        if (!HasExited) Kill();
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
