using System.Diagnostics;

namespace Mesh.Runtime.Tests.Sidecar.Tcp.Interception;

/// <summary>A network namespace with one way out: a pair of virtual cables, 10.213.N.1 outside and 10.213.N.2 inside.</summary>
internal sealed class NetworkNamespace : IDisposable
{
    private readonly string _name;

    public NetworkNamespace(int number)
    {
        _name = $"meshlab-test-{Environment.ProcessId}-{number}";
        string outer = $"mlo{Environment.ProcessId % 100000}{number}", inner = $"mli{Environment.ProcessId % 100000}{number}";
        int subnet = (Environment.ProcessId * 2 + number) % 250;
        (Outside, Inside) = ($"10.213.{subnet}.1", $"10.213.{subnet}.2");
        Dispose();
        Must("ip", "netns", "add", _name);
        Must("ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", _name);
        Must("ip", "addr", "add", $"{Outside}/30", "dev", outer);
        Must("ip", "link", "set", outer, "up");
        Must("ip", "-n", _name, "addr", "add", $"{Inside}/30", "dev", inner);
        Must("ip", "-n", _name, "link", "set", inner, "up");
        Must("ip", "-n", _name, "link", "set", "lo", "up");
    }

    /// <summary>The address outside.</summary>
    public string Outside { get; }

    /// <summary>The address inside.</summary>
    public string Inside { get; }

    /// <summary>Why there can be none here; <c>null</c> where there can.</summary>
    public static string? WhyNot()
    {
        if (!OperatingSystem.IsLinux()) return "network namespaces are Linux's";
        if (!Install()) return "iptables and iproute2 are not here and cannot be installed";
        string name = $"meshlab-try-{Environment.ProcessId}";
        try
        {
            if (Run("ip", ["netns", "add", name]) is { Code: not 0 } made) return $"no network namespace can be made: {made.Output.Trim()}";
            return Run("ip", ["netns", "exec", name, "iptables", "-t", "nat", "-L", "-n"]) is { Code: not 0 } listed ? $"iptables does not work in a namespace: {listed.Output.Trim()}" : null;
        }
        finally
        {
            Run("ip", ["netns", "del", name]);
        }
    }

    /// <summary>Runs a command inside.</summary>
    public (int Code, string Output) RunInside(params string[] command) => Run("ip", ["netns", "exec", _name, .. command]);

    /// <summary>Starts a command inside.</summary>
    public Process StartInside(IReadOnlyDictionary<string, string> environment, params string[] command) => Start("ip", ["netns", "exec", _name, .. command], environment);

    public void Dispose() => Run("ip", ["netns", "del", _name]);

    private static bool Install()
    {
        if (Exists("iptables") && Exists("ip") && Exists("setpriv") && Exists("nc")) return true;
        return Exists("apt-get") && Run("sh", ["-c", "apt-get update -qq && apt-get install -y -qq iptables iproute2 util-linux netcat-openbsd"]).Code == 0;
    }

    private static bool Exists(string command) => Run("sh", ["-c", $"command -v {command}"]).Code == 0;

    private static void Must(string file, params string[] arguments)
    {
        var (code, output) = Run(file, arguments);
        Assert.True(code == 0, $"{file} {string.Join(' ', arguments)}: {output}");
    }

    private static (int Code, string Output) Run(string file, string[] arguments)
    {
        using var process = Start(file, arguments, new Dictionary<string, string>());
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    private static Process Start(string file, string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
