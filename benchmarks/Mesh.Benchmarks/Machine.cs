using System.Globalization;
using System.Runtime.InteropServices;

namespace Mesh.Benchmarks;

/// <summary>What a figure was measured on, without the machine's name.</summary>
internal static class Machine
{
    /// <summary>Such as <c>AMD EPYC, 2 cores, .NET 10.0.12, Linux x64, 2026-11-23</c>.</summary>
    public static string Describe()
    {
        string date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string system = OperatingSystem.IsLinux() ? "Linux" : OperatingSystem.IsMacOS() ? "macOS" : "Windows";
        return $"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}, {system} {RuntimeInformation.OSArchitecture}, {date}";
    }

    /// <summary>Programs that wanted a core, on average over the last minute; <c>null</c> where the system does not say.</summary>
    public static double? Load() => File.Exists("/proc/loadavg")
        ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture)
        : null;

    private static string Processor()
    {
        const string info = "/proc/cpuinfo";
        string? line = File.Exists(info) ? File.ReadLines(info).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
