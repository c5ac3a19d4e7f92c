using System.CommandLine;
using System.Globalization;

namespace Mesh.Benchmarks.Pushes;

/// <summary><c>push</c>: how long a change takes from the control plane to the proxies that use it, live over sockets and in the virtual world.</summary>
internal static class PushCommand
{
    public static Command Create()
    {
        var live = new Option<int[]>("--live") { Description = "How many live proxies use the service that changes; as many more use another.", DefaultValueFactory = _ => [10, 50, 100] };
        var simulated = new Option<int[]>("--virtual") { Description = "How many virtual proxies use the service that changes.", DefaultValueFactory = _ => [100, 1000] };
        var rounds = new Option<int>("--rounds") { Description = "Changes, one after the other.", DefaultValueFactory = _ => 200 };
        var command = new Command("push", "Push latency: from a change to its acknowledgement, and how it grows with the number of proxies.") { live, simulated, rounds };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(live)!, parsed.GetValue(simulated)!, parsed.GetValue(rounds)));
        return command;
    }

    private static async Task RunAsync(int[] live, int[] simulated, int rounds)
    {
        double? before = Machine.Load();
        var rows = new List<string>();
        foreach (int proxies in live)
        {
            Console.Error.WriteLine($"{proxies} live proxies");
            await using var mesh = await PushMesh.StartAsync(proxies);
            await mesh.MeasureAsync(rounds / 10 + 1);   // warm
            var (each, last) = await mesh.MeasureAsync(rounds);
            rows.Add($"| live, to acknowledged | {proxies} | {Cells(each)} | {Cells(last)} | {mesh.Bystanders} |");
        }
        foreach (int proxies in simulated)
        {
            Console.Error.WriteLine($"{proxies} virtual proxies");
            var (each, last, others) = PushWorld.Measure(proxies, Math.Max(1, rounds / 10));
            rows.Add($"| virtual, to applied | {proxies} | {Cells(each)} | {Cells(last)} | {others} |");
        }
        Console.WriteLine($"Measured on {Machine.Describe()}; load average {before:0.0} before and {Machine.Load():0.0} after; {rounds} changes live and {Math.Max(1, rounds / 10)} virtual, one after the other, of a service with 10 endpoints.");
        Console.WriteLine();
        Console.WriteLine("| | proxies that use it | p50, ms | p99, ms | the last one, p50, ms | the last one, p99, ms | pushes to proxies that do not use it |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (string row in rows) Console.WriteLine(row);
    }

    private static string Cells(List<double> milliseconds)
    {
        milliseconds.Sort();
        return string.Join(" | ", new[] { 0.5, 0.99 }.Select(share => milliseconds[(int)(share * (milliseconds.Count - 1))].ToString("0.00", CultureInfo.InvariantCulture)));
    }
}
