using System.Globalization;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Simulator;

namespace Mesh.Scenarios.Language.Sections;

/// <summary>What goes wrong, and when. What a fault may combine, <see cref="FaultRules"/> says.</summary>
internal static class FaultSection
{
    private const double BitsPerByte = 8;

    private static readonly Shape<bool> Yes = new ScalarShape<bool>("true", """{"const": true}""",
        (string text, out bool value) => (value = text == "true") ? null : $"'{text}' is not true; leave the key out where it is not meant.");

    private static readonly Shape<ReplicaShare> Replicas = new ScalarShape<ReplicaShare>("a number of replicas such as 2, or a share of them such as 50%",
        """{"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? ?%$"}]}""", ParseReplicas);

    private static readonly Section<LinkTargetConfig> Link = new("faultLink", "a link such as {from: a, to: b}", () => new LinkTargetConfig("", ""))
    {
        { "from", Values.Name, (link, value) => link with { From = value }, "A zone, a service, or ingress.", Presence.Required },
        { "to", Values.Name, (link, value) => link with { To = value }, "A zone, a service, or ingress.", Presence.Required },
    };

    private static readonly Section<FaultTargetConfig> Target = new("faultTarget", "a target such as {service: payments, replicas: 50%}", () => new FaultTargetConfig())
    {
        { "service", Values.Name, (target, value) => target with { Service = value }, "The service: its replicas, or the requests to it." },
        { "version", Values.Name, (target, value) => target with { Version = value }, "Its replicas of this version only." },
        { "zone", Values.Name, (target, value) => target with { Zone = value }, "The replicas in this zone only; for an outage, the zone." },
        { "replicas", Replicas, (target, value) => target with { Replicas = value }, "So many of those replicas, or a share of them (at least one), drawn once for the fault. Default all." },
        { "path", Values.RequestPath, (target, value) => target with { Path = value }, "Requests to this path only." },
        { "route", Values.Name, (target, value) => target with { Route = value }, "Requests that took the route of this name only." },
        { "headers", StepSection.Headers, (target, value) => target with { Headers = value }, "Requests with these headers only." },
        { "caller", Values.Name, (target, value) => target with { Caller = value }, "Requests of this service only, or of ingress; it is known by its identity." },
        { "link", Link, (target, value) => target with { Link = value }, "The network between two places." },
    };

    private static readonly Section<AbortDraft> Abort = new Section<AbortDraft>("abort", "an abort such as {status: 503, percent: 10%}", () => new AbortDraft())
    {
        { "status", Values.Count(200, 599), (abort, value) => abort with { Status = value }, "The HTTP status. Default 503." },
        { "grpcStatus", Values.Count(0, 16), (abort, value) => abort with { GrpcStatus = value }, "A gRPC status, under HTTP 200." },
        { "reset", Yes, (abort, value) => abort with { Reset = value }, "The connection breaks instead, before any header." },
        { "percent", Values.Percent, (abort, value) => abort with { Percent = value }, "Share of the requests that it hits. Default: the fault's." },
    }
    .Check(FaultRules.CheckAbort);

    private static readonly Section<SlowEffect> Slow = new("slow", "a slowdown such as {factor: 10}", () => new SlowEffect())
    {
        { "factor", Values.Positive, (slow, value) => slow with { Factor = value }, "Times the service time, 1 or more. Default 1." },
        { "delay", DistributionShape.Time, (slow, value) => slow with { Delay = value }, "Added to the service time, on the worker. Default 0." },
    };

    private static readonly Section<CrashEffect> Crash = new("crash", "a crash such as {deregisterAfter: 2s}", () => new CrashEffect())
    {
        { "deregisterAfter", Values.Duration, (crash, value) => crash with { DeregisterAfter = value }, "When the control plane takes the replicas out of the endpoint lists. Default: it does not notice." },
    };

    private static readonly Shape<bool> Direction = Values.Choice<bool>("a direction", [("twoWay", false), ("oneWay", true)]);

    private static readonly Section<PartitionEffect> Partition = new("partition", "a partition such as {direction: oneWay, flap: 500ms}", () => new PartitionEffect())
    {
        { "direction", Direction, (partition, value) => partition with { OneWay = value }, "twoWay, or oneWay: only messages from the first place to the second are cut off. Default twoWay." },
        { "flap", Values.PositiveDuration, (partition, value) => partition with { Flap = value }, "Cut and whole in turns of this length, beginning with cut. Default: cut all the time." },
    };

    private static readonly Shape<ControlPlaneEffect> ControlPlaneWord = Values.Choice<ControlPlaneFault>("a failure of the control plane",
            [("outage", ControlPlaneFault.Outage), ("staleEndpoints", ControlPlaneFault.StaleEndpoints), ("restart", ControlPlaneFault.Restart)])
        .Then((kind, _, _) => new ControlPlaneEffect { Kind = kind });

    private static readonly Section<ControlPlaneEffect> SlowPush = new("slowPush", "a slow control plane such as {slowPush: 5s}", () => new ControlPlaneEffect { Kind = ControlPlaneFault.SlowPush })
    {
        { "slowPush", Values.PositiveDuration, (effect, value) => effect with { SlowPush = value }, "Time that each change takes to reach a proxy, on top of the network's.", Presence.Required },
    };

    private static readonly Section<DnsEffect> Staleness = new("dnsStaleness", "stale names such as {staleness: 30s}", () => new DnsEffect())
    {
        { "staleness", Values.PositiveDuration, (effect, value) => effect with { Staleness = value }, "How old each answer is: the service's changes are heard so much later.", Presence.Required },
    };

    private static readonly Section<FaultDraft> Fault = new Section<FaultDraft>("fault", "a fault such as {name: brownout, at: 30s, for: 20s, target: {service: payments}, delay: 400ms}", () => new FaultDraft())
    {
        { "name", Values.Name, (fault, value) => fault with { Name = value }, "Its name, by which expectations call its time: phase=NAME.", Presence.Required },
        { "at", Values.Duration, (fault, value) => fault with { At = value }, "When it begins, from the start of the run.", Presence.Required },
        { "for", Values.PositiveDuration, (fault, value) => fault with { For = value }, "How long it is in force: every fault ends.", Presence.Required },
        { "every", Values.PositiveDuration, (fault, value) => fault with { Every = value }, "The time from one beginning to the next, longer than 'for'. Default: it happens once." },
        { "ramp", Values.PositiveDuration, (fault, value) => fault with { Ramp = value }, "Time in which its share, slowdown or latency grows linearly from nothing to the full. Default: full at once." },
        { "target", Target, (fault, value) => fault with { Target = value }, "What it hits. Required, except for 'controlPlane', which has none." },
        { "site", Values.Choice<FaultSite>("a site"), (fault, value) => fault with { Mesh = fault.Mesh with { Site = value } },
            "Where sidecars inject it: request (before deadline and retries, as Istio does: retries never see it), attempt (behind them, at the network), or server (in the callee's sidecar). Default attempt." },
        { "percent", Values.Percent, (fault, value) => fault with { Mesh = fault.Mesh with { Percent = value } }, "Share of the requests that each effect hits. Default 100%, where Istio's default hits nobody." },
        { "delay", DistributionShape.Time, (fault, value) => fault with { Mesh = fault.Mesh with { Delay = value } }, "How long a request waits; with target.link, added to the latency of each message." },
        { "abort", new EitherShape<AbortDraft>(new ScalarShape<AbortDraft>("a status such as 503, or reset", """{"anyOf": [{"const": "reset"}, {"type": "integer", "minimum": 200, "maximum": 599}]}""", ParseAbort), Abort),
            (fault, value) => fault with { Mesh = fault.Mesh with { Abort = value.Abort, AbortPercent = value.Percent } }, "The answer in the service's place, after the delay." },
        { "bandwidth", Values.Bandwidth, (fault, value) => fault with { Body = (fault.Body ?? new()) with { BytesPerSecond = value / BitsPerByte } }, "At most so much of the response's body a second." },
        { "truncate", Values.PercentUpTo(1, "below 100%", bound: false), (fault, value) => fault with { Body = (fault.Body ?? new()) with { TruncateAfter = value } }, "The response's body breaks off after this share of it." },
        { "corrupt", Yes, (fault, value) => fault with { Body = (fault.Body ?? new()) with { Corrupt = value } }, "The response's body is damaged: the mesh sees a success, the application fails on it." },
        { "firstRequests", Values.Count(1), (fault, value) => fault with { Mesh = fault.Mesh with { FirstRequests = value } }, "Only so many requests are hit, the first ones, each time that it begins. Default no bound." },
        { "maxActive", Values.Count(1), (fault, value) => fault with { Mesh = fault.Mesh with { MaxActive = value } }, "Requests that it holds at once; further ones pass. Default no bound." },
        { "crash", new EitherShape<CrashEffect>(Yes.Then((_, _, _) => new CrashEffect()), Crash), (fault, value) => fault with { World = value }, "The replicas crash and start again, empty, at the end: true, or a mapping." },
        { "pause", Yes, (fault, _) => fault with { World = new PauseEffect() }, "The replicas stand still with their connections open, and go on at the end." },
        { "slow", new EitherShape<SlowEffect>(Values.Positive.Then((factor, _, _) => new SlowEffect { Factor = factor }), Slow), (fault, value) => fault with { World = value },
            "The replicas work slowly on what arrives: a factor such as 10, or a mapping." },
        { "outage", Yes, (fault, _) => fault with { World = new OutageEffect() }, "The zone goes dark: its replicas are lost, and nothing reaches them until the end." },
        { "partition", new EitherShape<PartitionEffect>(Direction.Then((oneWay, _, _) => new PartitionEffect { OneWay = oneWay }), Partition), (fault, value) => fault with { World = value },
            "No message gets over the link: twoWay, oneWay, or a mapping." },
        { "loss", Values.PercentUpTo(1, "below 100%", bound: false), (fault, value) => fault with { Loss = value }, "Chance that a message over the link is lost and sent again after 200ms, doubling." },
        { "controlPlane", new EitherShape<ControlPlaneEffect>(ControlPlaneWord, SlowPush), (fault, value) => fault with { World = value },
            "The control plane fails: outage (no proxy reaches it), restart (its process ends with all it knew; a new one starts at the end), staleEndpoints (it hears of no endpoint that comes or goes), or {slowPush: 5s}. Proxies go on with what they have." },
        { "certificates", Values.Choice<CertificateFault>("what is wrong with a certificate").Then((kind, _, _) => new CertificateEffect { Kind = kind }), (fault, value) => fault with { World = value },
            "The replicas' certificates: expire (neither end of a new connection may show one), or wrongIdentity (callers refuse it). Connections that stand go on. It needs network.mutualTls." },
        { "dns", new EitherShape<DnsEffect>(Values.Choice<bool>("a failure of names", [("failure", true)]).Then((_, _, _) => new DnsEffect()), Staleness), (fault, value) => fault with { World = value },
            "The control plane resolves the service's name in vain: failure (no answer, the last one stays), or {staleness: 30s} (answers are so old)." },
    }
    .Check(FaultRules.CheckFault);

    /// <summary>The faults, in the file's order.</summary>
    public static readonly Shape<IReadOnlyList<FaultPlanConfig>> Faults = new ListShape<FaultPlanConfig>(
        "a list of faults, such as [{name: brownout, at: 30s, for: 20s, target: {service: payments}, delay: 400ms}]", Fault.Then((draft, _, reading) => reading.Derive(draft, draft.ToPlan())), mayBeEmpty: true);

    private static string? ParseReplicas(string text, out ReplicaShare value)
    {
        value = default;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0)
        {
            value = new ReplicaShare(count, 0);
            return null;
        }
        string? problem = Quantity.Percent.Parse(text, out double share);
        value = new ReplicaShare(0, share);
        return problem is null && share is > 0 and <= 1 ? null : $"'{text}' is neither a number of replicas, such as 2, nor a share of them above 0%, such as 50%.";
    }

    private static string? ParseAbort(string text, out AbortDraft value)
    {
        value = new AbortDraft { Reset = text == "reset" };
        if (value.Reset) return null;
        bool isStatus = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int status) && status is >= 200 and <= 599;
        value = new AbortDraft { Status = status };
        return isStatus ? null : $"'{text}' is neither an HTTP status from 200 to 599 nor reset.";
    }
}
