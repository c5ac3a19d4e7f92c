using Mesh.Runtime.Model;
using Mesh.Scenarios.Language;
using Mesh.Simulator;
using Mesh.Simulator.Randomness;

namespace Mesh.Scenarios.Running;

/// <summary>A fault in a few words, its blast radius first: <c>payments v1, 50% of the replicas: requests wait 400ms at the attempt</c>.</summary>
internal static class FaultText
{
    public static string Of(FaultPlanConfig plan) => $"{(plan.Effect is ControlPlaneEffect ? "control plane" : Target(plan.Target))}: {Effect(plan.Effect)}{(plan.Ramp > TimeSpan.Zero ? $", growing over {Time(plan.Ramp)}" : "")}";

    private static string Target(FaultTargetConfig target)
    {
        if (target.Link is { } link) return $"network from {link.From} to {link.To}";
        var parts = new List<string>();
        string who = string.Join(' ', new[] { target.Service, target.Version, target.Zone is { } zone ? (target.Service is null ? $"zone {zone}" : $"in zone {zone}") : null }.OfType<string>());
        parts.Add(who);
        if (target.Replicas is { } share) parts.Add(share.Count > 0 ? $"{share.Count} of the replicas" : $"{Notation.Percent(share.Share)} of the replicas");
        if (target.Path is { } path) parts.Add(path);
        if (target.Route is { } route) parts.Add($"route {route}");
        parts.AddRange(target.Headers.Select(header => $"{header.Key}: {header.Value}"));
        if (target.Caller is { } caller) parts.Add($"from {caller}");
        return string.Join(", ", parts);
    }

    private static string Effect(FaultEffect effect) => effect switch
    {
        CrashEffect crash => crash.DeregisterAfter is { } after ? $"crash, noticed after {Time(after)}" : "crash, not noticed by the control plane",
        PauseEffect => "stand still",
        SlowEffect slow => string.Join(" and ", new[] { slow.Factor > 1 ? $"{Notation.Number(slow.Factor)} times the service time" : null, slow.Delay is { } delay ? $"{Time(delay)} on top of the service time" : null }.OfType<string>()),
        OutageEffect => "outage",
        PartitionEffect cut => $"partition{(cut.OneWay ? ", one way" : "")}{(cut.Flap is { } flap ? $", flapping every {Time(flap)}" : "")}",
        LinkEffect link => string.Join(" and ", new[] { link.Delay is { } delay ? $"{Time(delay)} more latency" : null, link.Loss > 0 ? $"{Notation.Percent(link.Loss)} loss" : null }.OfType<string>()),
        ControlPlaneEffect plane => plane.Kind switch
        {
            ControlPlaneFault.Outage => "out of reach",
            ControlPlaneFault.Restart => "its process is gone, and starts anew at the end",
            ControlPlaneFault.StaleEndpoints => "hears of no endpoint that comes or goes",
            _ => $"changes reach proxies {Time(plane.SlowPush)} late",
        },
        CertificateEffect { Kind: CertificateFault.Expire } => "certificates expire",
        CertificateEffect => "certificates name another workload",
        DnsEffect { Staleness: { } age } => $"its name resolves to what it was {Time(age)} ago",
        DnsEffect => "its name does not resolve",
        MeshFaultEffect mesh => Requests(mesh),
        _ => effect.GetType().Name,
    };

    private static string Requests(MeshFaultEffect mesh)
    {
        string share = mesh.FirstRequests is { } first ? $"the first {first}" : Notation.Percent(mesh.Percent);
        var parts = new List<string>();
        if (mesh.Delay is { } delay) parts.Add($"wait {Time(delay)}");
        if (mesh.Abort is { } abort) parts.Add($"get {(abort.Reset ? "a reset" : abort.GrpcStatus is { } grpc ? $"gRPC status {grpc}" : $"{abort.Status}")}{(mesh.AbortPercent is { } own ? $" ({Notation.Percent(own)})" : "")}");
        if (mesh.Body is { BytesPerSecond: > 0 and var bytes }) parts.Add($"get their body at {Notation.Number(bytes * 8 / 1000)} kbit/s");
        if (mesh.Body is { TruncateAfter: { } kept }) parts.Add($"get {Notation.Percent(kept)} of their body");
        if (mesh.Body is { Corrupt: true }) parts.Add("get a damaged body");
        string most = mesh.MaxActive is { } active ? $", {active} at a time at most" : "";
        return $"{share} of the requests {string.Join(", ", parts)}, at the {mesh.Site switch { FaultSite.Request => "request", FaultSite.Server => "server", _ => "attempt" }}{most}";
    }

    private static string Time(TimeSpan time) => Notation.Duration(time.TotalSeconds);

    private static string Time(DistributionConfig delay) => delay.Kind == DistributionKind.Constant ? Notation.Duration(delay.Mean!.Value) : Distribution.Create(delay).Describe();
}
