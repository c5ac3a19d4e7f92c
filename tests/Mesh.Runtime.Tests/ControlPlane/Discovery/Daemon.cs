using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery;

/// <summary>
/// A server of Debian's, run for a test. A shell stands beside it that ends it when its own standard input ends: when the test is over, and also when the process of the tests is killed.
/// </summary>
internal sealed class Daemon : IDisposable
{
    private static readonly Lock Installing = new();

    private readonly Process _shell;

    private Daemon(Process shell, int id)
    {
        _shell = shell;
        Id = id;
    }

    /// <summary>The server's process.</summary>
    public int Id { get; }

    /// <summary>The server's path; it is installed when it is missing. Skips the test where that does not work.</summary>
    public static string Require(string program, string package)
    {
        lock (Installing)
        {
            if (Find(program) is { } there) return there;
            string installed = Run("apt-get update -qq && apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 " + package);
            string? path = Find(program);
            Skip.If(path is null, $"{program} is not here, and apt-get cannot install {package}: {installed.Trim()}");
            return path!;
        }
    }

    public static Daemon Start(string program, string log, params IEnumerable<string> arguments)
    {
        const string Script = """log=$1; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!; cat >/dev/null; kill -9 $! 2>/dev/null; wait""";
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", log, program, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var shell = Process.Start(start)!;
        return new Daemon(shell, int.Parse(shell.StandardOutput.ReadLine()!));
    }

    /// <summary>
    /// Ports of 127.0.0.1 that were free a moment ago, below the range from which outgoing connections get theirs: a server that is down for a while would otherwise lose its port to
    /// somebody's connection, even to that of a client which keeps trying to reach it.
    /// </summary>
    public static int[] FreePorts(int count)
    {
        var ports = new List<int>();
        while (ports.Count < count)
        {
            int port = Random.Shared.Next(15_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                if (!ports.Contains(port)) ports.Add(port);
            }
            catch (SocketException)
            {
                // Taken: another.
            }
        }
        return [.. ports];
    }

    public void Signal(string signal) => Run($"kill -{signal} {Id}");

    /// <summary>Kills the server (-9) and waits until it is gone.</summary>
    public void Dispose()
    {
        _shell.StandardInput.Dispose();
        if (!_shell.WaitForExit(10_000)) _shell.Kill(entireProcessTree: true);
        _shell.Dispose();
    }

    private static string? Find(string program) =>
        ((string[])["/usr/bin", "/usr/sbin", "/usr/local/bin"]).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static string Run(string command)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"({command}) 2>&1 | tail -c 500"]) { RedirectStandardOutput = true };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        using var process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}

/// <summary>A folder of a test's own.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("meshlab-discovery-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
