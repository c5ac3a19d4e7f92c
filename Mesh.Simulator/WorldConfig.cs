using Mesh.Runtime.Model;

namespace Mesh.Simulator;

/// <summary>Everything that one replication of a virtual world needs. Immutable; the scenario language makes it, <c>World</c> runs it.</summary>
public sealed record WorldConfig
{
    /// <summary>The seed that every draw of the run follows from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Virtual time of the run, warm-up included; load stops here and requests in progress may end.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Time from the start that no statistic counts. Default none.</summary>
    public TimeSpan Warmup { get; init; }

    /// <summary>Names of the zones; empty where zones are not used.</summary>
    public IReadOnlyList<string> Zones { get; init; } = [];

    /// <summary>The network between replicas.</summary>
    public NetworkConfig Network { get; init; } = new();

    /// <summary>What a sidecar itself costs.</summary>
    public SidecarConfig Sidecar { get; init; } = new();

    /// <summary>The services, in the file's order.</summary>
    public required IReadOnlyList<ServiceConfig> Services { get; init; }

    /// <summary>The mesh's policy.</summary>
    public MeshConfig Mesh { get; init; } = new();

    /// <summary>The load.</summary>
    public IReadOnlyList<WorkloadConfig> Workloads { get; init; } = [];

    /// <summary>Replicas that come and go in mid-run, in order of time.</summary>
    public IReadOnlyList<ScaleConfig> Scale { get; init; } = [];
}

/// <summary>A distribution of times, in seconds, by parameters that people have at hand. What combinations each family takes, <see cref="DistributionKind"/> says.</summary>
public sealed record DistributionConfig
{
    /// <summary>The family; <see cref="DistributionKind.Auto"/> picks by the parameters given.</summary>
    public DistributionKind Kind { get; init; }

    /// <summary>The mean.</summary>
    public double? Mean { get; init; }

    /// <summary>The median.</summary>
    public double? P50 { get; init; }

    /// <summary>The 90th percentile.</summary>
    public double? P90 { get; init; }

    /// <summary>The 95th percentile.</summary>
    public double? P95 { get; init; }

    /// <summary>The 99th percentile.</summary>
    public double? P99 { get; init; }

    /// <summary>The 99.9th percentile.</summary>
    public double? P999 { get; init; }

    /// <summary>The standard deviation divided by the mean.</summary>
    public double? Cv { get; init; }

    /// <summary>The smallest value (uniform, Pareto, empirical).</summary>
    public double? Min { get; init; }

    /// <summary>The largest value (uniform, empirical).</summary>
    public double? Max { get; init; }

    /// <summary>The shape parameter (gamma, Weibull, Pareto).</summary>
    public double? Shape { get; init; }

    /// <summary>Always <paramref name="value"/>.</summary>
    public static DistributionConfig Constant(double value) => new() { Kind = DistributionKind.Constant, Mean = value };
}

/// <summary>The families by name.</summary>
public enum DistributionKind
{
    /// <summary>Mean alone: exponential. Two of mean, cv and percentiles: lognormal. Minimum and maximum alone: uniform. Four or more of minimum, percentiles and maximum: empirical.</summary>
    Auto,
    /// <summary>Always the mean. <c>constant</c></summary>
    Constant,
    /// <summary>By the mean or a percentile. <c>exponential</c></summary>
    Exponential,
    /// <summary>By two of mean, cv and percentiles. <c>lognormal</c></summary>
    Lognormal,
    /// <summary>By the mean, and shape, cv or a percentile. <c>gamma</c></summary>
    Gamma,
    /// <summary>By the mean, and shape, cv or a percentile. <c>weibull</c></summary>
    Weibull,
    /// <summary>By the minimum or the mean, and shape (above 1), cv or a percentile; or by minimum and mean. <c>pareto</c></summary>
    Pareto,
    /// <summary>By minimum and maximum. <c>uniform</c></summary>
    Uniform,
    /// <summary>
    /// By two or more of min, p50, p90, p95, p99, p999 and max, linear between them. Without min it starts at 0; without max the last line goes on to the end. <c>empirical</c>
    /// </summary>
    Empirical,
}

/// <summary>The network between replicas.</summary>
public sealed record NetworkConfig
{
    /// <summary>Links whose ends stand in the same zone, or all links where zones are not used.</summary>
    public LinkConfig SameZone { get; init; } = new();

    /// <summary>Links whose ends stand in different zones.</summary>
    public LinkConfig CrossZone { get; init; } = new();

    /// <summary>
    /// Whether proxies speak mutual TLS: one more round trip for each new connection (TLS 1.3) and the sidecars' handshake cost. Default true.
    /// </summary>
    public bool MutualTls { get; init; } = true;
}

/// <summary>One direction of the network between two zones, or inside one.</summary>
public sealed record LinkConfig
{
    /// <summary>One-way latency of a message in seconds. Default 0.</summary>
    public DistributionConfig Latency { get; init; } = DistributionConfig.Constant(0);

    /// <summary>Bits per second that messages of one direction share, first come first served; <c>null</c> is no limit.</summary>
    public double? BitsPerSecond { get; init; }

    /// <summary>Chance, 0 to below 1, that a message is lost and sent again after 200 ms, doubling (the initial retransmission time-out of Linux TCP). Default 0.</summary>
    public double Loss { get; init; }
}

/// <summary>The sidecar's own cost: all 0 unless given.</summary>
public sealed record SidecarConfig
{
    /// <summary>Processor time in a proxy for a request, on the caller's and again on the callee's side.</summary>
    public TimeSpan PerRequest { get; init; }

    /// <summary>Processor time in either proxy for the handshake of a new mutual-TLS connection.</summary>
    public TimeSpan PerHandshake { get; init; }

    /// <summary>Worker threads of a proxy, which serve first come first served. Default 2 (Istio's <c>concurrency</c>).</summary>
    public int Workers { get; init; } = 2;
}

/// <summary>A synthetic service.</summary>
public sealed record ServiceConfig
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The service account of its SPIFFE identity. Default: its name.</summary>
    public string? Account { get; init; }

    /// <summary>The namespace of its SPIFFE identity. Default <c>default</c>.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>The order in which a replica serves.</summary>
    public QueueDiscipline Discipline { get; init; } = QueueDiscipline.Fifo;

    /// <summary>How long a request holds its worker.</summary>
    public WorkerHold Hold { get; init; } = WorkerHold.OwnWork;

    /// <summary>Whether a replica stops working for a client that has given up. Default false: that is what makes retry storms real.</summary>
    public bool StopsWhenAbandoned { get; init; }

    /// <summary>Its versions, at least one, in the file's order.</summary>
    public required IReadOnlyList<VersionConfig> Versions { get; init; }

    /// <summary>Its request classes; empty when it answers every path alike.</summary>
    public IReadOnlyList<RequestClassConfig> Classes { get; init; } = [];
}

/// <summary>The order in which a replica serves.</summary>
public enum QueueDiscipline
{
    /// <summary>First come first served by <see cref="VersionConfig.Workers"/> workers. <c>fifo</c></summary>
    Fifo,
    /// <summary>All requests at once, sharing the workers equally, none faster than alone on one. <c>processorSharing</c></summary>
    ProcessorSharing,
}

/// <summary>How long a request holds its worker.</summary>
public enum WorkerHold
{
    /// <summary>For its own service time only: an asynchronous server. <c>ownWork</c></summary>
    OwnWork,
    /// <summary>Until it is answered, calls included: a thread per request. <c>wholeCall</c></summary>
    WholeCall,
}

/// <summary>One version of a service.</summary>
public sealed record VersionConfig
{
    /// <summary>Its name. Default <c>v1</c>.</summary>
    public string Name { get; init; } = "v1";

    /// <summary>How many replicas run it at the start, 0 or more. Default 1.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Replicas by zone; empty spreads them over the zones in turn.</summary>
    public IReadOnlyDictionary<string, int> Zones { get; init; } = new Dictionary<string, int>();

    /// <summary>Labels, for subsets and rules.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Requests that a replica works on at once, 1 or more. Default 16.</summary>
    public int Workers { get; init; } = 16;

    /// <summary>Requests that may wait for a worker; one more is answered 503. <c>null</c> is no limit. Default 1024.</summary>
    public int? Queue { get; init; } = 1024;

    /// <summary>The service's own work for a request, in seconds.</summary>
    public DistributionConfig ServiceTime { get; init; } = DistributionConfig.Constant(0);

    /// <summary>Share of requests, 0 to 1, answered 500 without any work or call. Default 0.</summary>
    public double ErrorRate { get; init; }
}

/// <summary>A path that a service answers in a way of its own.</summary>
public sealed record RequestClassConfig
{
    /// <summary>The path, matched exactly.</summary>
    public required string Path { get; init; }

    /// <summary>The service's own work for it, in seconds; <c>null</c> takes the version's.</summary>
    public DistributionConfig? ServiceTime { get; init; }

    /// <summary>Share of requests answered 500; <c>null</c> takes the version's.</summary>
    public double? ErrorRate { get; init; }

    /// <summary>Bytes of the answer's body. Default 0.</summary>
    public long ResponseBytes { get; init; }

    /// <summary>What it does after its own work, in order.</summary>
    public IReadOnlyList<StepConfig> Script { get; init; } = [];
}

/// <summary>A step of a script.</summary>
public abstract record StepConfig;

/// <summary>Calls another service and waits for its answer. An answer that is no success fails the request with 500, unless <see cref="Optional"/>.</summary>
public sealed record CallStep : StepConfig
{
    /// <summary>The called service.</summary>
    public required string To { get; init; }

    /// <summary>The path. Default <c>/</c>.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The method. Default GET.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Chance, 0 to 1, that the call is made. Default 1.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>Bytes of the request's body. Default 0.</summary>
    public long RequestBytes { get; init; }

    /// <summary>Whether a failure of this call is ignored. Default false.</summary>
    public bool Optional { get; init; }

    /// <summary>Headers added to the call.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}

/// <summary>Waits without holding a worker.</summary>
/// <param name="Time">How long, in seconds.</param>
public sealed record SleepStep(DistributionConfig Time) : StepConfig;

/// <summary>Starts all branches at once and waits for all; fails if one failed.</summary>
/// <param name="Branches">Calls, choices or sleeps.</param>
public sealed record ParallelStep(IReadOnlyList<StepConfig> Branches) : StepConfig;

/// <summary>Takes one branch, drawn by weight.</summary>
/// <param name="Branches">Weights above 0, and calls or sleeps.</param>
public sealed record OneOfStep(IReadOnlyList<(double Weight, StepConfig Step)> Branches) : StepConfig;

/// <summary>A source of load, which enters through the ingress proxy.</summary>
public sealed record WorkloadConfig
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The service that it calls.</summary>
    public required string To { get; init; }

    /// <summary>What it asks for; at least one.</summary>
    public IReadOnlyList<MixConfig> Mix { get; init; } = [new()];

    /// <summary>How requests arrive.</summary>
    public ArrivalProcess Arrivals { get; init; } = ArrivalProcess.Poisson;

    /// <summary>Rates over time, one after the other; empty for a closed loop, whose users then stay for the whole run.</summary>
    public IReadOnlyList<StageConfig> Stages { get; init; } = [];

    /// <summary>Users of a closed loop, each with one request at a time. Ignored by open loops.</summary>
    public int Users { get; init; }

    /// <summary>A closed-loop user's pause between an answer and the next request, in seconds.</summary>
    public DistributionConfig ThinkTime { get; init; } = DistributionConfig.Constant(0);

    /// <summary>When the client gives up; <c>null</c> is never.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>How requests arrive.</summary>
public enum ArrivalProcess
{
    /// <summary>Open loop, exponential gaps. <c>poisson</c></summary>
    Poisson,
    /// <summary>Open loop, equal gaps. <c>constant</c></summary>
    Constant,
    /// <summary>Closed loop of users with think time. <c>closed</c></summary>
    Closed,
}

/// <summary>One kind of request in a workload.</summary>
public sealed record MixConfig
{
    /// <summary>The path. Default <c>/</c>.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The method. Default GET.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Its weight among the mix, above 0. Default 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Bytes of the request's body. Default 0.</summary>
    public long RequestBytes { get; init; }

    /// <summary>Headers.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}

/// <summary>A rate for a time.</summary>
public sealed record StageConfig
{
    /// <summary>How long.</summary>
    public required TimeSpan For { get; init; }

    /// <summary>Requests per second at its start.</summary>
    public required double Rate { get; init; }

    /// <summary>Requests per second at its end, reached linearly; <c>null</c> keeps <see cref="Rate"/>.</summary>
    public double? RampTo { get; init; }
}

/// <summary>Replicas come or go. Those that go are the youngest; the proxies learn of it from the control plane, over the network.</summary>
public sealed record ScaleConfig
{
    /// <summary>When, from the start of the run.</summary>
    public required TimeSpan At { get; init; }

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>The version; <c>null</c> where the service has one only.</summary>
    public string? Version { get; init; }

    /// <summary>How many replicas there are from then on.</summary>
    public required int Replicas { get; init; }
}
