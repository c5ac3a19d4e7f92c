using System.Globalization;

namespace Mesh.Benchmarks.Proxies;

/// <summary>The load at a fixed rate: <c>h2load --rps</c> over HTTP/1.1, which sends when a request is due, whether or not the one before was slow.</summary>
internal static class H2Load
{
    /// <summary>Loads a port.</summary>
    /// <returns>The median and the 99th percentile of the latency, in milliseconds.</returns>
    public static (double P50, double P99) Run(int port, int seconds, int connections, int rate)
    {
        string log = Path.GetTempFileName();
        try
        {
            int each = Math.Max(1, rate / connections);
            Kernel.Peer.Output("h2load", "--h1", "-t1", $"-c{connections}", $"-n{each * connections * seconds}", $"--rps={each}", $"--log-file={log}", $"http://127.0.0.1:{port}/");
            double[] latencies = [.. File.ReadLines(log).Select(Milliseconds).Order()];
            return (latencies[latencies.Length / 2], latencies[(int)(latencies.Length * 0.99)]);
        }
        finally
        {
            File.Delete(log);
        }
    }

    /// <summary>A line of its log: when it was sent, the status, how long it took, each in microseconds.</summary>
    private static double Milliseconds(string line)
    {
        string[] fields = line.Split('\t');
        return fields[1] == "200" ? double.Parse(fields[2], CultureInfo.InvariantCulture) / 1000 : throw new InvalidOperationException($"a request failed: {line}");
    }
}
