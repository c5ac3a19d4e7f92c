using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mesh.Scenarios.Running.Live;

/// <summary>How fit a machine is in one respect.</summary>
internal enum Fitness
{
    /// <summary>Nothing to do.</summary>
    Good,
    /// <summary>Something will be missing or less precise.</summary>
    Limited,
    /// <summary>Live runs cannot work.</summary>
    Unfit,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What.</param>
/// <param name="Fitness">How it is.</param>
/// <param name="Found">What was found.</param>
/// <param name="Remedy">What to do; empty where nothing is to be done.</param>
internal sealed record MachineFact(string Name, Fitness Fitness, string Found, string Remedy = "");

/// <summary>Whether this machine is fit to run a live mesh. Each fact is tried, not guessed.</summary>
internal static class MachineCheck
{
    private const int WantedFiles = 4096;
    private const double LateTimer = 5;

    /// <summary>All that there is to know, in order of importance.</summary>
    public static IEnumerable<MachineFact> Facts()
    {
        yield return Runtime();
        yield return Ports();
        yield return Files();
        yield return Processors();
        yield return Timers();
        yield return Clock();
        yield return Interception();
    }

    private static MachineFact Runtime() => new(".NET", Environment.Version.Major >= 10 ? Fitness.Good : Fitness.Unfit,
        RuntimeInformation.FrameworkDescription, Environment.Version.Major >= 10 ? "" : "install the .NET 10 SDK");

    private static MachineFact Ports()
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            using var client = new TcpClient();
            client.Connect((IPEndPoint)listener.LocalEndpoint);
            return new MachineFact("ports", Fitness.Good, $"127.0.0.1 listens and connects{EphemeralRange()}");
        }
        catch (SocketException error)
        {
            return new MachineFact("ports", Fitness.Unfit, error.Message, "allow this user to listen on 127.0.0.1: every sidecar does");
        }
    }

    private static string EphemeralRange() =>
        Read("/proc/sys/net/ipv4/ip_local_port_range")?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var from, var to] ? $", free ports from {from} to {to}" : "";

    private static MachineFact Files()
    {
        long limit = FileBudget.Limit;
        bool few = limit < WantedFiles;
        return new MachineFact("open files", few ? Fitness.Limited : Fitness.Good, limit == FileBudget.Unlimited ? "no limit is known" : limit.ToString(CultureInfo.InvariantCulture), few ? $"raise it before large meshes: ulimit -n {WantedFiles * 4}; each connection takes one on both sides" : "");
    }

    private static MachineFact Processors() => new("processors", Environment.ProcessorCount > 1 ? Fitness.Good : Fitness.Limited,
        Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture), Environment.ProcessorCount > 1 ? "" : "sidecars, services and the load share one: keep rates low");

    /// <summary>How late the system's timers are: a service time of a few milliseconds is as wrong as that.</summary>
    private static MachineFact Timers()
    {
        var time = TimeProvider.System;
        double[] late = new double[20];
        for (int i = 0; i < late.Length; i++)
        {
            using var fired = new ManualResetEventSlim();
            long began = time.GetTimestamp();
            using var timer = time.CreateTimer(_ => fired.Set(), null, TimeSpan.FromMilliseconds(5), Timeout.InfiniteTimeSpan);
            fired.Wait(TimeSpan.FromSeconds(1));
            late[i] = time.GetElapsedTime(began).TotalMilliseconds - 5;
        }
        Array.Sort(late);
        double p90 = late[late.Length * 9 / 10];
        return new MachineFact("timers", p90 > LateTimer ? Fitness.Limited : Fitness.Good, string.Create(CultureInfo.InvariantCulture, $"{p90:0.0} ms late (90% of 20)"),
            p90 > LateTimer ? "the machine is busy: latencies below some milliseconds will not be true" : "");
    }

    private static MachineFact Clock()
    {
        var now = TimeProvider.System.GetUtcNow();
        return now.Year >= 2025
            ? new MachineFact("clock", Fitness.Good, now.ToString("u", CultureInfo.InvariantCulture))
            : new MachineFact("clock", Fitness.Limited, now.ToString("u", CultureInfo.InvariantCulture), "set it: certificates and tokens are judged by it");
    }

    private static MachineFact Interception()
    {
        if (!OperatingSystem.IsLinux()) return new MachineFact("interception", Fitness.Limited, "not Linux", "point applications at their sidecar by address, or by HTTP_PROXY");
        string? tool = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin").Select(folder => Path.Combine(folder, "iptables")).FirstOrDefault(File.Exists);
        bool root = Environment.UserName == "root";
        return tool is not null && root
            ? new MachineFact("interception", Fitness.Good, $"{tool}, as root")
            : new MachineFact("interception", Fitness.Limited, tool is null ? "no iptables" : "not root", "needed for transparent interception only; else point applications at their sidecar by address, or by HTTP_PROXY");
    }

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
