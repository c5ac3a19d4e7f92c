using System.CommandLine;
using System.Globalization;

namespace Mesh.Benchmarks.Proxies;

/// <summary><c>proxies</c>: one hop through MeshLab's sidecar beside bare YARP, nginx, HAProxy and Caddy, over the same upstream, in turn.</summary>
internal static class ProxiesCommand
{
    /// <summary>Seconds of full load before anything counts: until the runtime has compiled what is hot a second time.</summary>
    private const int Warmup = 20;

    public static Command Create()
    {
        var seconds = new Option<int>("--seconds") { Description = "How long each measurement lasts.", DefaultValueFactory = _ => 5 };
        var repeats = new Option<int>("--repeats") { Description = "How often each is measured, in turn.", DefaultValueFactory = _ => 5 };
        var connections = new Option<int>("--connections") { Description = "Connections that wrk keeps busy.", DefaultValueFactory = _ => 32 };
        var rate = new Option<int>("--rate") { Description = "Requests a second of the measurement at a fixed rate.", DefaultValueFactory = _ => 3200 };
        var command = new Command("proxies", "One hop through a sidecar beside other proxies: HTTP/1.1, kept-alive connections, answers of 1 KiB. Needs nginx, haproxy, caddy, wrk and h2load (benchmarks/proxies.sh).") { seconds, repeats, connections, rate };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(seconds), parsed.GetValue(repeats), parsed.GetValue(connections), parsed.GetValue(rate)));
        return command;
    }

    private static async Task RunAsync(int seconds, int repeats, int connections, int rate)
    {
        double? before = Machine.Load();
        string folder = Directory.CreateTempSubdirectory("meshlab-proxies").FullName;
        var contestants = new List<Contestant>();
        try
        {
            using var upstream = Contestant.Start(PeerConfigs.Upstream(folder));
            using var secure = Contestant.Start(PeerConfigs.SecureUpstream(folder));
            await upstream.IsReadyAsync();
            await secure.IsReadyAsync();
            contestants.AddRange(PeerConfigs.All(folder, upstream.Port, secure.Port).Select(Contestant.Start));
            foreach (var contestant in contestants)
            {
                await contestant.IsReadyAsync();
                Wrk.Run(contestant.Port, Warmup, connections);
            }
            for (int round = 0; round < repeats; round++)
            {
                foreach (var contestant in contestants)
                {
                    Console.Error.WriteLine($"round {round + 1} of {repeats}: {contestant.Name}");
                    await contestant.MeasureAsync(seconds, connections, rate);
                }
            }
            Print(contestants, seconds, repeats, connections, rate, before);
        }
        finally
        {
            foreach (var contestant in contestants) contestant.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(List<Contestant> contestants, int seconds, int repeats, int connections, int rate, double? before)
    {
        var yarp = contestants.Single(contestant => contestant.Name == PeerConfigs.BareYarp);
        Console.WriteLine($"Measured on {Machine.Describe()}; load average {before:0.0} before and {Machine.Load():0.0} after; {connections} connections, {repeats} × {seconds} s each, in turn; min – median – max. At full load: wrk; at {rate} requests/s, sent when they are due: h2load. Ratios are taken round by round against {yarp.Name}.");
        Console.WriteLine();
        Console.WriteLine("| one hop through | requests/s | p50, ms | p99, ms | CPU, µs a request | new bytes a request | memory, MiB | requests/s, ratio | CPU, ratio | p50, ratio | p50 at the rate, ms | p99 at the rate, ms |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var contestant in contestants)
        {
            string[] cells =
            [
                contestant.Name, Cell(contestant, one => one.Rate, "0"), Cell(contestant, one => one.P50, "0.00"), Cell(contestant, one => one.P99, "0.00"), Cell(contestant, one => one.Cpu, "0"),
                contestant.Rounds[0].Bytes is null ? "" : Cell(contestant, one => one.Bytes!.Value, "0"), Cell(contestant, one => one.Memory, "0"),
                Ratio(contestant, yarp, one => one.Rate), Ratio(contestant, yarp, one => one.Cpu), Ratio(contestant, yarp, one => one.P50),
                Cell(contestant, one => one.FixedP50, "0.00"), Cell(contestant, one => one.FixedP99, "0.00"),
            ];
            Console.WriteLine($"| {string.Join(" | ", cells)} |");
        }
    }

    private static string Cell(Contestant contestant, Func<Round, double> value, string format) => Spread.Of(contestant.Rounds.Select(value)).Format(format);

    private static string Ratio(Contestant contestant, Contestant against, Func<Round, double> value) =>
        Spread.Of(contestant.Rounds.Zip(against.Rounds, (mine, other) => value(mine) / value(other))).Median.ToString("0.00", CultureInfo.InvariantCulture);
}
