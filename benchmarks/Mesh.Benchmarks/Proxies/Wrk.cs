using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Benchmarks.Proxies;

/// <summary>The load: <c>wrk</c>, which asks again as soon as it has its answer.</summary>
internal static partial class Wrk
{
    /// <summary>Loads a port.</summary>
    /// <returns>Requests a second, the median and the 99th percentile in milliseconds, and how many requests there were.</returns>
    public static (double Rate, double P50, double P99, double Requests) Run(int port, int seconds, int connections)
    {
        string output = Kernel.Peer.Output("wrk", "-t1", $"-c{connections}", $"-d{seconds}s", "--latency", $"http://127.0.0.1:{port}/");
        if (Failures().IsMatch(output)) throw new InvalidOperationException($"port {port} failed under load:\n{output}");
        return (Number(Rates().Match(output).Groups[1].Value), Milliseconds(Half().Match(output)), Milliseconds(Tail().Match(output)), Number(Totals().Match(output).Groups[1].Value));
    }

    private static double Milliseconds(Match match) => Number(match.Groups[1].Value) * match.Groups[2].Value switch { "us" => 0.001, "ms" => 1, "s" => 1000, var unit => throw new FormatException(unit) };

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rates();

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Totals();

    [GeneratedRegex(@"50%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Half();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Tail();

    [GeneratedRegex("Non-2xx|Socket errors")]
    private static partial Regex Failures();
}
