using Mesh.Runtime.Model;

namespace Mesh.Simulator;

/// <summary>A fault of the timeline: what happens to whom, when and for how long. It always ends by itself.</summary>
public sealed record FaultPlanConfig
{
    /// <summary>Its name, by which reports and expectations call the time in which it is in force.</summary>
    public required string Name { get; init; }

    /// <summary>When it begins, from the start of the run.</summary>
    public required TimeSpan At { get; init; }

    /// <summary>How long it is in force.</summary>
    public required TimeSpan For { get; init; }

    /// <summary>The time from one beginning to the next; <c>null</c> for once.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>Time in which it grows linearly from nothing to its full strength, each time anew. Default none.</summary>
    public TimeSpan Ramp { get; init; }

    /// <summary>What it hits.</summary>
    public FaultTargetConfig Target { get; init; } = new();

    /// <summary>What it does.</summary>
    public required FaultEffect Effect { get; init; }

    /// <summary>When it begins in a run of this length, ascending.</summary>
    public IEnumerable<TimeSpan> Beginnings(TimeSpan duration)
    {
        for (var at = At; at < duration; at += Every ?? duration) yield return at;
    }
}

/// <summary>What a fault hits. A replica must have everything that is given.</summary>
public sealed record FaultTargetConfig
{
    /// <summary>The service; <c>null</c> where a zone or a link is hit.</summary>
    public string? Service { get; init; }

    /// <summary>The version; <c>null</c> for all.</summary>
    public string? Version { get; init; }

    /// <summary>The zone; <c>null</c> for all.</summary>
    public string? Zone { get; init; }

    /// <summary>How many of those replicas, drawn once for the fault; <c>null</c> for all.</summary>
    public ReplicaShare? Replicas { get; init; }

    /// <summary>The path of the request; <c>null</c> for all.</summary>
    public string? Path { get; init; }

    /// <summary>The name of the request's route; <c>null</c> for all.</summary>
    public string? Route { get; init; }

    /// <summary>Headers that the request must have.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The calling service, known by its identity; <c>null</c> for all.</summary>
    public string? Caller { get; init; }

    /// <summary>The part of the network; <c>null</c> where replicas or requests are hit.</summary>
    public LinkTargetConfig? Link { get; init; }
}

/// <summary>A number of replicas: so many, or a share of them.</summary>
/// <param name="Count">How many.</param>
/// <param name="Share">Which share, 0 to 1; at least one replica. Used where <paramref name="Count"/> is 0.</param>
public readonly record struct ReplicaShare(int Count, double Share)
{
    /// <summary>How many of <paramref name="all"/> that is.</summary>
    public int Of(int all) => Count > 0 ? Math.Min(Count, all)
        : Math.Clamp((int)Math.Round(Share * all, MidpointRounding.AwayFromZero), Math.Min(1, all), all);
}

/// <summary>The way from one place to another. A place is a zone or a service.</summary>
/// <param name="From">Where messages come from.</param>
/// <param name="To">Where they go.</param>
public sealed record LinkTargetConfig(string From, string To);

/// <summary>What a fault does.</summary>
public abstract record FaultEffect;

/// <summary>Sidecars delay, answer or damage requests.</summary>
public sealed record MeshFaultEffect : FaultEffect
{
    /// <summary>Where. Default <see cref="FaultSite.Attempt"/>.</summary>
    public FaultSite Site { get; init; } = FaultSite.Attempt;

    /// <summary>Share of the matching requests, 0 to 1, that each effect hits. Default 1.</summary>
    public double Percent { get; init; } = 1;

    /// <summary>How long a request waits, in seconds; <c>null</c> for no delay.</summary>
    public DistributionConfig? Delay { get; init; }

    /// <summary>The answer in the service's place; <c>null</c> for none.</summary>
    public FaultAbort? Abort { get; init; }

    /// <summary>Share of the requests that <see cref="Abort"/> hits; <c>null</c> takes <see cref="Percent"/>.</summary>
    public double? AbortPercent { get; init; }

    /// <summary>What happens to the response's body; <c>null</c> for nothing.</summary>
    public BodyFault? Body { get; init; }

    /// <summary>Only this many matching requests are hit; <c>null</c> for no such bound.</summary>
    public int? FirstRequests { get; init; }

    /// <summary>Requests that the fault may hold at once; <c>null</c> for no bound.</summary>
    public int? MaxActive { get; init; }
}

/// <summary>
/// Replicas crash: connections break, requests in progress are lost, new connections are refused. They start again, empty, when the fault ends.
/// </summary>
public sealed record CrashEffect : FaultEffect
{
    /// <summary>When the control plane takes them out of the endpoint lists; <c>null</c>: it does not notice. They come back with their restart.</summary>
    public TimeSpan? DeregisterAfter { get; init; }
}

/// <summary>Replicas stop working, with their connections open; what came meanwhile is dealt with afterwards.</summary>
public sealed record PauseEffect : FaultEffect;

/// <summary>Replicas work slowly: a grey failure. Requests that arrive meanwhile take longer on their worker.</summary>
public sealed record SlowEffect : FaultEffect
{
    /// <summary>Times the service time, 1 or more. Default 1.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Added to the service time, in seconds; <c>null</c> for nothing.</summary>
    public DistributionConfig? Delay { get; init; }
}

/// <summary>A zone goes dark: its replicas are lost with what they had in progress, and nothing reaches or leaves them until it ends. The ingress and the control plane stay.</summary>
public sealed record OutageEffect : FaultEffect;

/// <summary>No message gets through; TCP sends it again until one does. New connections run into their connect time-out.</summary>
public sealed record PartitionEffect : FaultEffect
{
    /// <summary>Whether only messages from the first place to the second are cut off. Default false: both ways.</summary>
    public bool OneWay { get; init; }

    /// <summary>Cut and whole in turns of this length, beginning with cut; <c>null</c>: cut all the time.</summary>
    public TimeSpan? Flap { get; init; }
}

/// <summary>Messages take longer or are lost on their way, both ways.</summary>
public sealed record LinkEffect : FaultEffect
{
    /// <summary>Added to the one-way latency, in seconds; <c>null</c> for nothing.</summary>
    public DistributionConfig? Delay { get; init; }

    /// <summary>Chance, 0 to below 1, that a message is lost and sent again after 200 ms, doubling. Default 0.</summary>
    public double Loss { get; init; }
}

/// <summary>
/// The replicas' certificates are no good any more: new connections with them fail at the handshake, and those that stand go on. Certificates that are renewed at the end are good again.
/// </summary>
public sealed record CertificateEffect : FaultEffect
{
    /// <summary>What is wrong with them.</summary>
    public required CertificateFault Kind { get; init; }
}

/// <summary>What is wrong with a certificate.</summary>
public enum CertificateFault
{
    /// <summary>Its time is over, as where renewal fails: neither end of a connection may show it.</summary>
    Expire,
    /// <summary>It names another workload: callers, who expect the service's identity, refuse it. As a caller the workload is let in as before.</summary>
    WrongIdentity,
}

/// <summary>The control plane learns of a service's endpoints by name, and the names do not resolve as they should. Proxies go on with what was last heard.</summary>
public sealed record DnsEffect : FaultEffect
{
    /// <summary>How old each answer is; <c>null</c>: there is none, and the last one stays.</summary>
    public TimeSpan? Staleness { get; init; }
}

/// <summary>The control plane fails. Proxies serve on with what they have, and come back to it.</summary>
public sealed record ControlPlaneEffect : FaultEffect
{
    /// <summary>How it fails.</summary>
    public required ControlPlaneFault Kind { get; init; }

    /// <summary>Time that every push takes on top of the network's. Used by <see cref="ControlPlaneFault.SlowPush"/>.</summary>
    public TimeSpan SlowPush { get; init; }
}

/// <summary>How a control plane fails.</summary>
public enum ControlPlaneFault
{
    /// <summary>No proxy reaches it; it goes on, and hears of changes.</summary>
    Outage,
    /// <summary>Changes reach proxies late.</summary>
    SlowPush,
    /// <summary>It hears of no change in the endpoints.</summary>
    StaleEndpoints,
    /// <summary>Its process ends with all that it knew, and a new one starts at the end.</summary>
    Restart,
}
