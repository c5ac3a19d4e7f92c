namespace Mesh.Runtime.Randomness;

/// <summary>
/// What a draw is for. Each concern has draws of its own, so that a new draw in one moves nothing in another.
/// The numbers are part of every trace hash: append, never renumber.
/// </summary>
public enum Concern : byte
{
    /// <summary>The time to the next arrival of a workload.</summary>
    Arrival = 1,
    /// <summary>Which request of a workload's mix arrives.</summary>
    Mix = 2,
    /// <summary>A closed-loop user's think time.</summary>
    ThinkTime = 3,
    /// <summary>How long a request keeps its server busy.</summary>
    ServiceTime = 4,
    /// <summary>Whether a service answers with an error of its own.</summary>
    Error = 5,
    /// <summary>Which branch of a script is taken.</summary>
    Branch = 6,
    /// <summary>The endpoint picked.</summary>
    LoadBalancing = 7,
    /// <summary>The wait before a retry.</summary>
    Backoff = 8,
    /// <summary>The latency of a message on its way to the server.</summary>
    RequestLatency = 9,
    /// <summary>The latency of a message on its way back.</summary>
    ResponseLatency = 10,
    /// <summary>Whether a message is lost and sent again.</summary>
    Loss = 11,
    /// <summary>Round trips of a connection's set-up.</summary>
    Handshake = 12,
    /// <summary>The key of a call that a request makes.</summary>
    ChildKey = 13,
    /// <summary>Where a proxy's round robin starts.</summary>
    RoundRobinOffset = 14,
    /// <summary>Delivery of configuration.</summary>
    ControlPlane = 15,
    /// <summary>A pause in a service's script.</summary>
    Sleep = 16,
    /// <summary>Which version or subset of a split a request goes to.</summary>
    Split = 17,
    /// <summary>Whether a request is mirrored, and the key of its copy.</summary>
    Mirror = 18,
    /// <summary>Which locality a pick goes to.</summary>
    Locality = 19,
    /// <summary>Whether an ejection is enforced, and its jitter.</summary>
    Ejection = 20,
    /// <summary>When active health checks happen.</summary>
    HealthCheck = 21,
    /// <summary>Whether admission control or throttling refuses a request.</summary>
    Admission = 22,
    /// <summary>Jitter of an adaptive concurrency limit.</summary>
    Concurrency = 23,
    /// <summary>Whether a fault delays a request, and for how long.</summary>
    FaultDelay = 24,
    /// <summary>Whether a fault aborts a request.</summary>
    FaultAbort = 25,
    /// <summary>Other effects of faults on a request.</summary>
    Fault = 26,
    /// <summary>Which replicas a fault hits.</summary>
    FaultTarget = 27,
    /// <summary>Which endpoints a balancer probes.</summary>
    Probe = 28,
    /// <summary>Which part of the endpoints a proxy uses (subsetting).</summary>
    Subset = 29,
    /// <summary>Whether a message over a faulty link is lost.</summary>
    FaultLink = 30,
    /// <summary>The key of a live request that brings none, and its name.</summary>
    RequestKey = 31,
    /// <summary>When a certificate is renewed, and the waits after failures.</summary>
    Renewal = 32,
    /// <summary>Whether a request is traced.</summary>
    TraceSampling = 33,
    /// <summary>The wait before telemetry is sent again.</summary>
    TelemetryBackoff = 34,
    /// <summary>Waits of service discovery.</summary>
    Discovery = 35,
    /// <summary>A proxy's waits before it tries to reach the control plane again.</summary>
    Reconnect = 36,
}
