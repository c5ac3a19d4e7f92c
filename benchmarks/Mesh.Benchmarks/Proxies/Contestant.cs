using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Mesh.Benchmarks.Proxies;

/// <summary>What one measurement showed.</summary>
/// <param name="Rate">Requests a second.</param>
/// <param name="P50">The median latency, in milliseconds.</param>
/// <param name="P99">The 99th percentile, in milliseconds.</param>
/// <param name="Cpu">Processor time of the proxy for a request, in microseconds.</param>
/// <param name="Bytes">Bytes that the proxy newly allocated for a request; <c>null</c> where nobody knows.</param>
/// <param name="Memory">Resident memory afterwards, in MiB.</param>
/// <param name="FixedP50">The median latency at a fixed rate, in milliseconds.</param>
/// <param name="FixedP99">The 99th percentile at a fixed rate, in milliseconds.</param>
internal sealed record Round(double Rate, double P50, double P99, double Cpu, double? Bytes, double Memory, double FixedP50, double FixedP99);

/// <summary>How a proxy is started.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Port">Where it listens.</param>
/// <param name="Program">The program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="TellsBytes">Whether it answers each line on its standard input with the bytes that it has allocated so far.</param>
internal sealed record PeerStart(string Name, int Port, string Program, string[] Arguments, bool TellsBytes = false);

/// <summary>A proxy in a process of its own, with whatever processes that starts.</summary>
internal sealed class Contestant : IDisposable
{
    private static readonly double TicksASecond = double.Parse(Kernel.Peer.Output("getconf", "CLK_TCK"), CultureInfo.InvariantCulture);
    private readonly PeerStart _start;
    private readonly Process _process;

    private Contestant(PeerStart start, Process process) => (_start, _process) = (start, process);

    public string Name => _start.Name;

    public int Port => _start.Port;

    public List<Round> Rounds { get; } = [];

    public static Contestant Start(PeerStart start)
    {
        var process = Process.Start(new ProcessStartInfo(start.Program, start.Arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{start.Program} does not start");
        process.BeginErrorReadLine();   // so that it never waits for a reader
        return new Contestant(start, process);
    }

    /// <summary>Waits until it takes connections.</summary>
    public async Task IsReadyAsync()
    {
        for (int i = 0; ; i++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", Port);
                return;
            }
            catch (SocketException) when (i < 300 && !_process.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }

    public async Task MeasureAsync(int seconds, int connections, int fixedRate)
    {
        double cpu = Cpu(), bytes = await BytesAsync();
        var (rate, p50, p99, requests) = Wrk.Run(Port, seconds, connections);
        double spent = Cpu() - cpu, made = await BytesAsync() - bytes;
        var (fixedP50, fixedP99) = H2Load.Run(Port, seconds, connections, fixedRate);
        Rounds.Add(new Round(rate, p50, p99, spent * 1e6 / requests, _start.TellsBytes ? made / requests : null, Memory(), fixedP50, fixedP99));
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task<double> BytesAsync()
    {
        if (!_start.TellsBytes) return 0;
        await _process.StandardInput.WriteLineAsync();
        return double.Parse((await _process.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
    }

    /// <summary>Processor seconds of the process and of its children (nginx's and HAProxy's workers).</summary>
    private double Cpu() => Family().Sum(stat => stat.Seconds);

    /// <summary>Their resident memory, in MiB; pages that they share count for each.</summary>
    private double Memory() => Family().Sum(stat => stat.Pages) * Environment.SystemPageSize / 1024.0 / 1024;

    private IEnumerable<(int Parent, double Seconds, long Pages)> Family()
    {
        var all = new Dictionary<int, (int Parent, double Seconds, long Pages)>();
        foreach (string folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out int id) || Stat(folder) is not { } stat) continue;
            all[id] = stat;
        }
        return all.Where(entry => Descends(entry.Key)).Select(entry => entry.Value);

        bool Descends(int id) => id == _process.Id || (all.TryGetValue(id, out var entry) && entry.Parent > 1 && Descends(entry.Parent));
    }

    private static (int Parent, double Seconds, long Pages)? Stat(string folder)
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(folder, "stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksASecond, long.Parse(fields[21], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;   // it has ended meanwhile
        }
    }
}
