using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Sections;

/// <summary>An abort as it was written.</summary>
internal sealed record AbortDraft
{
    public int? Status { get; init; }

    public int? GrpcStatus { get; init; }

    public bool Reset { get; init; }

    public double? Percent { get; init; }

    public FaultAbort Abort => new() { Status = Status ?? 503, GrpcStatus = GrpcStatus, Reset = Reset };
}

/// <summary>A fault as it was written, its kind not yet worked out.</summary>
internal sealed record FaultDraft
{
    public string Name { get; init; } = "";

    public TimeSpan At { get; init; }

    public TimeSpan For { get; init; }

    public TimeSpan? Every { get; init; }

    public TimeSpan Ramp { get; init; }

    public FaultTargetConfig Target { get; init; } = new();

    public MeshFaultEffect Mesh { get; init; } = new();

    public BodyFault? Body { get; init; }

    public double Loss { get; init; }

    public FaultEffect? World { get; init; }

    public FaultPlanConfig ToPlan() => new()
    {
        Name = Name,
        At = At,
        For = For,
        Every = Every,
        Ramp = Ramp,
        Target = Target,
        Effect = World ?? (Target.Link is null ? Mesh with { Body = Body } : new LinkEffect { Delay = Mesh.Delay, Loss = Loss }),
    };
}

/// <summary>What may stand together in a fault. What cannot be done is an error here, never silently left out.</summary>
internal static class FaultRules
{
    private static readonly string[] RequestEffects = ["delay", "abort", "bandwidth", "truncate", "corrupt"];
    private static readonly string[] RequestSettings = ["site", "percent", "firstRequests", "maxActive"];
    private static readonly string[] LinkEffects = ["delay", "loss"];
    private static readonly string[] WorldEffects = ["crash", "pause", "slow", "outage", "partition", "controlPlane", "certificates", "dns"];
    private static readonly string[] ReplicaTarget = ["service", "version", "zone", "replicas"];
    private static readonly string[] RequestTarget = [.. ReplicaTarget, "path", "route", "headers", "caller"];

    public static void CheckAbort(AbortDraft abort, YamlMap map, Reading reading)
    {
        string[] given = [.. new[] { "status", "grpcStatus", "reset" }.Where(key => map.Find(key) is not null)];
        if (given.Length > 1) reading.Error(map.Find(given[1])!, map, $"an abort is one thing only; here stand {string.Join(" and ", given.Select(key => $"'{key}'"))}. Keep one.");
    }

    public static void CheckFault(FaultDraft fault, YamlMap map, Reading reading)
    {
        if (map.Find("for") is null) return;   // that it is missing has been told
        bool hasTarget = map.Find("controlPlane") is null;
        if (hasTarget && map.Find("target") is null) reading.Error(map, "the key 'target' is missing: What it hits.");
        var target = map.Find("target")?.Value as YamlMap;
        if (hasTarget && target is null) return;
        CheckTimes(fault, map, reading);
        string[] given = [.. WorldEffects.Where(key => map.Find(key) is not null)];
        if (given.Length > 1) reading.Error(map.Find(given[1])!, map, $"'{given[0]}' and '{given[1]}' are two faults; give each its own entry.");
        else if (given.Length == 1) CheckWorldFault(given[0], fault, map, target, reading);
        else if (fault.Target.Link is not null) CheckLinkFault(map, target!, reading);
        else CheckRequestFault(fault, map, target!, reading);
    }

    private static void CheckTimes(FaultDraft fault, YamlMap map, Reading reading)
    {
        if (fault.Every is { } every && every <= fault.For) reading.Error(map.Find("every")!.Value, $"the fault would come back before it has ended; make 'every' longer than 'for' ({Notation.Duration(fault.For.TotalSeconds)}).");
        if (fault.Ramp > fault.For) reading.Error(map.Find("ramp")!.Value, $"the fault ends before it is at full strength; make 'ramp' at most as long as 'for' ({Notation.Duration(fault.For.TotalSeconds)}).");
    }

    private static void CheckWorldFault(string effect, FaultDraft fault, YamlMap map, YamlMap? target, Reading reading)
    {
        Refuse(map, [.. RequestEffects, .. RequestSettings, "loss"], $"'{effect}' takes no '{{0}}'; that belongs to a fault of its own.", reading);
        if (effect != "slow") Refuse(map, ["ramp"], $"'{effect}' is whole at once; it has no '{{0}}'.", reading);
        if (fault.World is CrashEffect { DeregisterAfter: { } after } && after >= fault.For)
            reading.Error(map.Find("crash")!.Value, $"the replicas are back after {Notation.Duration(fault.For.TotalSeconds)}, before the control plane takes them out; make 'deregisterAfter' shorter.");
        switch (fault.World)
        {
            case ControlPlaneEffect:
                Refuse(map, ["target"], "there is one control plane, and 'controlPlane' says how it fails; leave '{0}' out.", reading);
                break;
            case DnsEffect:
                Only(target!, ["service"], "'dns' is a service's name: target: {service: payments}", reading);
                if (fault.Target.Service is null) reading.Error(target!, "'dns' needs a service: target: {service: payments}.");
                break;
            case PartitionEffect:
                Only(target!, ["link"], "a partition cuts a link: target: {link: {from: a, to: b}}", reading);
                break;
            case OutageEffect:
                Only(target!, ["zone"], "an outage hits a whole zone: target: {zone: a}", reading);
                break;
            case SlowEffect slow:
                if (slow.Factor < 1) reading.Error(map.Find("slow")!.Value, $"a factor of {Notation.Number(slow.Factor)} would make the replicas faster; write 1 or more.");
                if (slow is { Factor: 1, Delay: null }) reading.Error(map.Find("slow")!.Value, "nothing is slower: write a factor above 1, such as slow: 10, or a delay.");
                OnReplicas();
                break;
            default:
                OnReplicas();
                break;
        }

        void OnReplicas()
        {
            Only(target!, ReplicaTarget, $"'{effect}' hits replicas: target: {{service: payments, replicas: 1}}", reading);
            if (fault.Target.Service is null) reading.Error(target!, $"'{effect}' needs a service: target: {{service: payments, replicas: 1}}.");
        }
    }

    private static void CheckLinkFault(YamlMap map, YamlMap target, Reading reading)
    {
        Only(target, ["link"], "a link is a target of its own", reading);
        Refuse(map, [.. RequestEffects.Except(LinkEffects), .. RequestSettings], "a fault of a link has no '{0}'; it takes 'delay', 'loss' or 'partition'.", reading);
        if (LinkEffects.All(key => map.Find(key) is null)) reading.Error(map, "does nothing; a fault of a link needs 'delay', 'loss' or 'partition'.");
    }

    private static void CheckRequestFault(FaultDraft fault, YamlMap map, YamlMap target, Reading reading)
    {
        Only(target, RequestTarget, "requests are known by these", reading);
        Refuse(map, ["loss"], "'{0}' is the network's: write target: {{link: {{from: a, to: b}}}}.", reading);
        if (RequestEffects.All(key => map.Find(key) is null))
            reading.Error(map, $"does nothing; it needs one of {string.Join(", ", RequestEffects.Concat(WorldEffects).Append("loss").Select(key => $"'{key}'"))}.");
        if (fault.Target.Service is null) reading.Error(target, "needs the called service: target: {service: payments}.");
        if (fault.Mesh is { FirstRequests: not null } && map.Find("percent") is { } percent) reading.Error(percent, map, "'firstRequests' says already which requests are hit: all of the first ones; leave 'percent' out.");
        if (fault.Mesh.Site == FaultSite.Request)
            Refuse(target, ["version", "zone", "replicas"], "at the site 'request' no replica is picked yet, so that '{0}' cannot be known; use the site 'attempt' or 'server'.", reading);
        if (fault.Mesh.Site == FaultSite.Server)
            Refuse(target, ["route"], "the callee's sidecar does not know which '{0}' the caller's took; use the site 'request' or 'attempt'.", reading);
    }

    private static void Refuse(YamlMap map, IEnumerable<string> keys, string message, Reading reading)
    {
        foreach (string key in keys)
            if (map.Find(key) is { } entry) reading.Error(entry, map, string.Format(System.Globalization.CultureInfo.InvariantCulture, message, key));
    }

    private static void Only(YamlMap target, string[] keys, string rule, Reading reading)
    {
        foreach (var entry in target.Entries)
            if (!keys.Contains(entry.Key)) reading.Error(entry, target, $"'{entry.Key}' does not say what is hit here: {rule}. Allowed: {string.Join(", ", keys)}.");
    }
}
