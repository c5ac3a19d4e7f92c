using System.Diagnostics;
using System.Text.Json;

namespace Mesh.Benchmarks.Kernel;

/// <summary>Contestants that run in a process of their own and print one line of JSON: customers, seconds, meanSojourn.</summary>
internal static class Peer
{
    private const int SimPyCustomers = 100_000;

    /// <summary>The folder of the peers' programs, beside this project's.</summary>
    public static string Folder { get; } = FindFolder();

    /// <summary>SimPy in two ways: as its manual does it, and as lean as it gets.</summary>
    public static IEnumerable<Contestant> SimPy(string python) =>
        from way in new[] { ("textbook", "a process for each customer"), ("lean", "one process for arrivals, one for the server") }
        select new Contestant($"SimPy, {way.Item2}", () => Run(python, Path.Combine(Folder, "mm1_simpy.py"), way.Item1, $"{SimPyCustomers}"));

    public static Mm1Result Run(string program, params string[] arguments)
    {
        string output = Output(program, arguments);
        var json = JsonDocument.Parse(output).RootElement;
        return new Mm1Result(
            json.GetProperty("customers").GetInt32(), json.GetProperty("seconds").GetDouble(), json.GetProperty("meanSojourn").GetDouble());
    }

    /// <summary>What a program prints; throws when it fails.</summary>
    public static string Output(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {output}");
    }

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string peers = Path.Combine(folder.FullName, "benchmarks", "peers");
            if (Directory.Exists(peers))
                return peers;
        }
        throw new DirectoryNotFoundException("benchmarks/peers is not above this program.");
    }
}
