using System.Net;
using Mesh.Runtime.Telemetry;
using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;
using Mesh.Simulator;

namespace Mesh.Scenarios.Cli;

/// <summary>What <c>up</c> runs.</summary>
/// <param name="World">The scenario's world.</param>
/// <param name="Scenario">What the scenario was read from.</param>
/// <param name="Telemetry">What its sidecars tell the outside.</param>
/// <param name="Time">When it ends by itself; <c>null</c> for never.</param>
/// <param name="Metrics">Where Prometheus scrapes it; <c>null</c> for nowhere.</param>
internal sealed record UpPlan(WorldConfig World, ScenarioText Scenario, TelemetryConfig Telemetry, TimeSpan? Time, IPEndPoint? Metrics)
{
    /// <summary>Whether each sidecar and each synthetic service has a process of its own.</summary>
    public bool Isolate { get; init; }

    public bool Load { get; init; }

    public bool Faults { get; init; }

    public bool Quiet { get; init; }

    /// <summary>The plan, or <c>null</c> after telling what is wrong.</summary>
    public static UpPlan? Resolve(string file, bool isolate, IReadOnlyList<string> sets, string? time, string? metrics, string? log, Problems problems)
    {
        var overrides = sets.Select(set => Override.Parse(set, problems)).OfType<Override>().ToList();
        var scenario = ScenarioSource.Load(file, overrides, new ImportOptions(), problems);
        if (scenario is not null)
            foreach (string problem in LiveRun.Problems(scenario.World, isolate)) problems.Error(new Place(file), "", problem);
        double seconds = 0;
        if (time is not null && Quantity.Duration.Parse(time, out seconds) is { } wrong) problems.Error(new Place($"--for {time}"), "", wrong);
        var address = metrics is null ? null : ProxySettings.Address(metrics, "--metrics", problems);
        var logs = ProxySettings.AccessLogOf(log, problems);
        if (problems.HasErrors || scenario is null) return null;
        var telemetry = new TelemetryConfig { Metrics = address is null ? null : new MetricsConfig(), AccessLogs = logs };
        return new UpPlan(scenario.World, scenario.Written!, telemetry, time is null ? null : TimeSpan.FromSeconds(seconds), address) { Isolate = isolate };
    }
}
