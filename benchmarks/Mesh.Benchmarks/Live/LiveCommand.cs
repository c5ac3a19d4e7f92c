using System.CommandLine;
using Mesh.Reports.Results;
using Mesh.Runtime.Sidecar;
using Mesh.Scenarios.Running.Live;
using Mesh.Simulator;

namespace Mesh.Benchmarks.Live;

/// <summary><c>live</c>: how exact the live world's timers are, what a synthetic service costs, and how late the generator sends.</summary>
internal static class LiveCommand
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(5);

    public static Command Create()
    {
        var seconds = new Option<int>("--seconds") { Description = "How long each load lasts.", DefaultValueFactory = _ => 10 };
        var command = new Command("live", "Timers, the synthetic service and the load generator of the live world.") { seconds };
        command.SetAction((parsed, cancellation) => RunAsync(TimeSpan.FromSeconds(parsed.GetValue(seconds))));
        return command;
    }

    private static async Task RunAsync(TimeSpan length)
    {
        Console.WriteLine($"Measured on {Machine.Describe()}; load average {Machine.Load():0.0} before.");
        Console.WriteLine();
        Console.WriteLine("| a timer of 5 ms, one after the other | late by, p50 | p99 | max |");
        Console.WriteLine("|---|---|---|---|");
        Print("`PreciseTimers`", await PreciseAsync(1000));
        Print("the runtime's (`TimeProvider.System`)", await RuntimeAsync(1000));
        Console.WriteLine();
        Console.WriteLine("| load on one service process | requests/s | service, CPU µs a request | generator, CPU µs a request | sent late by, p50 | p99 | max | latency p50 | p99 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        await LoadAsync("no service time, 32 users, no pause", "0", Closed(32), length);
        await LoadAsync("5 ms, 1 user, no pause", "5ms", Closed(1), length);
        await LoadAsync("no service time, Poisson, 500/s", "0", Open(500, length), length);
        await LoadAsync("no service time, Poisson, 2000/s", "0", Open(2000, length), length);
        Console.WriteLine();
        Console.WriteLine($"Load average {Machine.Load():0.0} after.");
    }

    private static async Task LoadAsync(string what, string serviceTime, WorkloadConfig workload, TimeSpan length)
    {
        Console.Error.WriteLine(what);
        await using var service = await ServiceProcess.StartAsync("--service-time", serviceTime, "--workers", "1000");
        var time = new LiveTime();
        var latencies = new Latencies();
        var options = new LiveWorkloadOptions { Client = new LiveClientOptions { Outbound = service.Address } };
        await using (var warm = new LiveWorkload([workload], 1, options, new Latencies(), time)) await warm.RunAsync(time.GetTimestamp(), TimeSpan.FromSeconds(3));
        await using var load = new LiveWorkload([workload], 2, options, latencies, time);
        var (own, others) = (Environment.CpuUsage.TotalTime, service.Cpu);
        var report = await load.RunAsync(time.GetTimestamp(), length);
        double sent = report.Sent;
        string[] cells =
        [
            what, $"{sent / length.TotalSeconds:N0}", $"{(service.Cpu - others).TotalMicroseconds / sent:N0}", $"{(Environment.CpuUsage.TotalTime - own).TotalMicroseconds / sent:N0}",
            .. Cells(report.Lateness), .. Cells(latencies.All)[..2],
        ];
        Console.WriteLine($"| {string.Join(" | ", cells)} |");
        foreach (string warning in report.Warnings()) Console.Error.WriteLine(warning);
    }

    private static WorkloadConfig Closed(int users) => new() { Name = "load", To = "service", Arrivals = ArrivalProcess.Closed, Users = users };

    private static WorkloadConfig Open(double rate, TimeSpan length) => new() { Name = "load", To = "service", Stages = [new StageConfig { For = length, Rate = rate }] };

    private static async Task<LogHistogram> PreciseAsync(int count)
    {
        using var timers = new PreciseTimers(new LiveTime(), "benchmark");
        var late = new LogHistogram();
        for (int i = 0; i < count; i++)
        {
            var timer = new Signal(timers);
            long due = timers.Now + Wait.Ticks;
            timers.Schedule(timer, due);
            late.Record(await timer.At - due);
        }
        return late;
    }

    private static async Task<LogHistogram> RuntimeAsync(int count)
    {
        var time = new LiveTime();
        var late = new LogHistogram();
        for (int i = 0; i < count; i++)
        {
            long due = time.GetTimestamp() + Wait.Ticks;
            await Task.Delay(Wait, TimeProvider.System);
            late.Record(time.GetTimestamp() - due);
        }
        return late;
    }

    private static void Print(string what, LogHistogram late) => Console.WriteLine($"| {what} | {string.Join(" | ", Cells(late))} |");

    private static string[] Cells(LogHistogram times) => [.. new[] { 0.5, 0.99, 1 }.Select(quantile => $"{times.Percentile(quantile) / TimeSpan.TicksPerMillisecond:0.00} ms")];

    /// <summary>Says when it elapsed, on the timers' own thread.</summary>
    private sealed class Signal(PreciseTimers timers) : PreciseTimer
    {
        private readonly TaskCompletionSource<long> _at = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<long> At => _at.Task;

        public override void Elapse() => _at.TrySetResult(timers.Now);
    }

    private sealed class Latencies : ILiveRequests
    {
        private readonly Lock _gate = new();

        public LogHistogram All { get; } = new();

        public void On(in LiveRequest request)
        {
            if (!request.Answer.Succeeded) throw new InvalidOperationException(request.ToString());
            lock (_gate) All.Record(request.Latency);
        }
    }
}
