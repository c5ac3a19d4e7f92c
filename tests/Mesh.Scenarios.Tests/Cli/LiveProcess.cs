using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Scenarios.Tests.Cli;

/// <summary>The program in a process of its own, whose words are read while it runs.</summary>
internal sealed partial class LiveProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly Task<string> _errors;

    private LiveProcess(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    /// <summary>What it has said so far.</summary>
    public string Said => _said.ToString();

    /// <summary>Ports of this machine that it has named so far.</summary>
    public int[] Ports => [.. Port().Matches(Said).Select(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).Distinct()];

    public static LiveProcess Start(params string[] args) =>
        new(Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "meshlab.dll"), .. args]) { RedirectStandardOutput = true, RedirectStandardError = true })!);

    /// <summary>The rest of the line that begins with a word, once it has been said.</summary>
    public async Task<string> LineAsync(string word)
    {
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Limit) is { } line)
        {
            _said.AppendLine(line);
            if (line.StartsWith(word, StringComparison.Ordinal)) return line[word.Length..].Trim();
        }
        throw new InvalidOperationException($"it ended without '{word}': {Said}{await _errors}");
    }

    /// <summary>What <c>kill -9</c> does.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    /// <summary>Whether anybody listens at a port.</summary>
    public static bool Listens(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"127\.0\.0\.1:(\d+)")]
    private static partial Regex Port();
}
