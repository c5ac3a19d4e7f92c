using System.Reflection;
using System.Runtime.InteropServices;
using Mesh.Reports.Results;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language;
using Mesh.Simulator;
using Mesh.Simulator.Randomness;

namespace Mesh.Scenarios.Running;

/// <summary>What a reader of a run must know to trust it: its settings, what it left out, and what an equal hash depends on.</summary>
internal static class RunFacts
{
    /// <summary>The version of MeshLab.</summary>
    public static string Version => typeof(RunFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public static IReadOnlyList<RunSetting> Versions() =>
    [
        new("meshlab", Version),
        new(".NET", RuntimeInformation.FrameworkDescription),
        new("operating system", RuntimeInformation.OSDescription),
        new("architecture", RuntimeInformation.ProcessArchitecture.ToString()),
    ];

    public static IReadOnlyList<RunSetting> Settings(ScenarioFile scenario)
    {
        var world = scenario.World;
        int replicas = world.Services.Sum(service => service.Versions.Sum(version => version.Replicas));
        var settings = new List<RunSetting>
        {
            new("services", $"{world.Services.Count}, with {replicas} replicas"),
            new(world.Zones.Count > 0 ? "network inside a zone" : "network", Link(world.Network.SameZone)),
        };
        if (world.Zones.Count > 1) settings.Add(new("network between zones", Link(world.Network.CrossZone)));
        settings.Add(new("mutual TLS", world.Network.MutualTls ? "on" : "off"));
        settings.Add(new("sidecar cost", world.Sidecar.PerRequest + world.Sidecar.PerHandshake == TimeSpan.Zero ? "0 (not given)"
            : $"{Notation.Duration(world.Sidecar.PerRequest.TotalSeconds)} per request, {Notation.Duration(world.Sidecar.PerHandshake.TotalSeconds)} per handshake, {world.Sidecar.Workers} workers"));
        settings.AddRange(world.Workloads.Select(workload => new RunSetting($"load '{workload.Name}'", Load(workload))));
        settings.Add(new("policy by default", Policy(world.Mesh.Defaults)));
        settings.AddRange(world.Mesh.Services.Select(service => new RunSetting($"policy for {service.Key}", Policy(world.Mesh.PolicyFor(service.Key)))));
        settings.AddRange(scenario.Assumptions.Select(assumption => new RunSetting("assumed", assumption)));
        return settings;
    }

    public static IReadOnlyList<string> NotModelled(WorldConfig world)
    {
        var left = new List<string>
        {
            "Services do not compete for processors, memory or disks: a replica's speed is its own service time.",
            "TCP is modelled by round trips, bandwidth and retransmission time-outs; congestion control and packet sizes are not.",
            world.Faults.Any(fault => fault.Effect is CrashEffect or OutageEffect)
                ? "Garbage collection, deployments and name resolution do not happen. Replicas crash as the faults say, and start again without a warm-up."
                : "Garbage collection, deployments and name resolution do not happen; no crash was given.",
        };
        if (world.Sidecar.PerRequest == TimeSpan.Zero) left.Add("The sidecars' processor time: no cost was given, so proxies add policy and no delay.");
        if (world.Network.SameZone.Loss + world.Network.CrossZone.Loss == 0) left.Add("Packet loss: none was given.");
        return left;
    }

    private static string Link(LinkConfig link) =>
        $"latency {Distribution.Create(link.Latency).Describe()}" +
        (link.BitsPerSecond is { } bits ? $", {Notation.Number(bits / 1e6)} Mbit/s" : "") +
        (link.Loss > 0 ? $", loss {Notation.Percent(link.Loss)}" : "");

    private static string Load(WorkloadConfig workload) => workload.Arrivals == ArrivalProcess.Closed
        ? $"{workload.Users} users of {workload.To}, thinking {Distribution.Create(workload.ThinkTime).Describe()}"
        : $"{workload.Arrivals.ToString().ToLowerInvariant()} arrivals at {workload.To}: " +
          string.Join(", then ", workload.Stages.Select(stage => $"{Notation.Rate(stage.Rate)}{(stage.RampTo is { } end ? $" rising or falling to {Notation.Rate(end)}" : "")} for {Notation.Duration(stage.For.TotalSeconds)}"));

    private static string Policy(PolicyConfig policy)
    {
        var balancer = policy.LoadBalancer ?? new LoadBalancerConfig();
        string name = balancer.Algorithm.ToString();
        var parts = new List<string> { char.ToLowerInvariant(name[0]) + name[1..] };
        if (policy.Timeout is { Ticks: > 0 } total) parts.Add($"timeout {Notation.Duration(total.TotalSeconds)}");
        if (policy.PerTryTimeout is { Ticks: > 0 } each) parts.Add($"per-try timeout {Notation.Duration(each.TotalSeconds)}");
        if (policy.Retries is { Attempts: > 0 } retries) parts.Add($"{retries.Attempts} retries");
        if (policy.CircuitBreaker is { } breaker) parts.Add($"breaker at {Notation.Percent(breaker.FailureRatio)} of {breaker.MinThroughput} or more in {Notation.Duration(breaker.Window.TotalSeconds)}");
        if (policy.Limits is not null) parts.Add("limits");
        return string.Join(", ", parts);
    }
}
