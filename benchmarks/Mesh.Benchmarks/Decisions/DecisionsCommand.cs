using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;

namespace Mesh.Benchmarks.Decisions;

/// <summary><c>decisions</c>: the hot decisions under BenchmarkDotNet.</summary>
internal static class DecisionsCommand
{
    public static Command Create()
    {
        var filter = new Option<string>("--filter") { Description = "Which, such as *PickBenchmarks*.", DefaultValueFactory = _ => "*" };
        var brief = new Option<bool>("--brief") { Description = "A few short iterations in this process: enough to see that it works, not to publish." };
        var command = new Command("decisions", "Picks and other hot decisions: time and bytes each.") { filter, brief };
        command.SetAction(parsed =>
        {
            var config = DefaultConfig.Instance.AddJob(parsed.GetValue(brief)
                ? Job.InProcess.WithLaunchCount(1).WithWarmupCount(2).WithIterationCount(3).WithIterationTime(Perfolizer.Horology.TimeInterval.FromMilliseconds(20))
                : Job.Default);
            BenchmarkSwitcher.FromAssembly(typeof(DecisionsCommand).Assembly).Run(["--filter", parsed.GetValue(filter)!], config);
        });
        return command;
    }
}
