using System.CommandLine;
using Mesh.Scenarios.Import;

namespace Mesh.Scenarios.Cli;

/// <summary>The options that say what a service graph does not.</summary>
internal sealed class ImportArguments
{
    public Option<string> Rate { get; } = new("--rate") { Description = "Requests per second, such as 200/s: of a service graph (default 100/s), or of a scenario's only workload." };

    public Option<string> Duration { get; } = new("--duration") { Description = "Virtual time of the run, such as 60s. Default for a service graph: 60s." };

    public Option<string> ServiceTime { get; } = new("--service-time") { Description = "A service graph's service time. Default: {mean: 1ms, p99: 5ms}." };

    public Option<string> Policy { get; } = new("--policy") { Description = $"A service graph's policy: {string.Join(", ", PolicyPresets.All.Keys)}. Default: istio." };

    public ImportOptions Read(ParseResult parsed) => new()
    {
        Rate = parsed.GetValue(Rate),
        Duration = parsed.GetValue(Duration),
        ServiceTime = parsed.GetValue(ServiceTime),
        Policy = parsed.GetValue(Policy),
    };
}
