namespace Mesh.Simulator;

/// <summary>A synthetic service.</summary>
public sealed record ServiceConfig
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The service account of its SPIFFE identity. Default: its name.</summary>
    public string? Account { get; init; }

    /// <summary>The namespace of its SPIFFE identity. Default <c>default</c>.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>The SPIFFE identity of its replicas.</summary>
    public string Identity => $"spiffe://cluster.local/ns/{Namespace}/sa/{Account ?? Name}";

    /// <summary>The order in which a replica serves.</summary>
    public QueueDiscipline Discipline { get; init; } = QueueDiscipline.Fifo;

    /// <summary>How long a request holds its worker.</summary>
    public WorkerHold Hold { get; init; } = WorkerHold.OwnWork;

    /// <summary>Whether a replica stops working for a client that has given up. Default false: that is what makes retry storms real.</summary>
    public bool StopsWhenAbandoned { get; init; }

    /// <summary>What stands for it in the live world; <c>null</c> for a synthetic service there too.</summary>
    public LiveServiceConfig? Live { get; init; }

    /// <summary>Its versions, at least one, in the file's order.</summary>
    public required IReadOnlyList<VersionConfig> Versions { get; init; }

    /// <summary>Its request classes; empty when it answers every path alike.</summary>
    public IReadOnlyList<RequestClassConfig> Classes { get; init; } = [];
}

/// <summary>The user's own service in the live world: its processes, or where they run already. The virtual world has its synthetic twin.</summary>
public sealed record LiveServiceConfig
{
    /// <summary>Where its replicas listen already, <c>host:port</c> each; empty where they are started.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>The program and its arguments, started once for each replica; empty where it runs already. <c>{port}</c> stands for the port that the replica is to listen on, <c>{outbound}</c> for its sidecar.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Variables of its environment, besides <c>PORT</c> and <c>HTTP_PROXY</c>, with the same placeholders.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>A path that answers 200 once a replica is ready; <c>null</c> waits until it listens.</summary>
    public string? ReadyPath { get; init; }

    /// <summary>How long a replica may take to be ready. Default 30 s.</summary>
    public TimeSpan ReadyWithin { get; init; } = TimeSpan.FromSeconds(30);
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

    /// <summary>A replica's share of requests in relation to the service's other replicas', 1 to 128. Default 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Requests that a replica works on at once, 1 or more. Default 16.</summary>
    public int Workers { get; init; } = 16;

    /// <summary>Requests that may wait for a worker; one more is answered 503. <c>null</c> is no limit. Default 1024.</summary>
    public int? Queue { get; init; } = 1024;

    /// <summary>The service's own work for a request, in seconds.</summary>
    public DistributionConfig ServiceTime { get; init; } = DistributionConfig.Constant(0);

    /// <summary>Share of requests, 0 to 1, answered with <see cref="ErrorStatus"/> without any work or call. Default 0.</summary>
    public double ErrorRate { get; init; }

    /// <summary>The HTTP status of those errors. Default 500.</summary>
    public int ErrorStatus { get; init; } = 500;

    /// <summary>The gRPC status of those errors, 1 to 16, which then come under HTTP 200; <c>null</c> for plain HTTP.</summary>
    public int? ErrorGrpcStatus { get; init; }

    /// <summary>Headers of every answer, those to health checks too. Default none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ResponseHeaders { get; init; } = [];

    /// <summary>Headers of answers that are errors, those of a full queue and of failed calls too, beside the others. Default none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ErrorHeaders { get; init; } = [];
}

/// <summary>A path that a service answers in a way of its own.</summary>
public sealed record RequestClassConfig
{
    /// <summary>The path, matched exactly.</summary>
    public required string Path { get; init; }

    /// <summary>The service's own work for it, in seconds; <c>null</c> takes the version's.</summary>
    public DistributionConfig? ServiceTime { get; init; }

    /// <summary>Share of requests answered with an error; <c>null</c> takes the version's.</summary>
    public double? ErrorRate { get; init; }

    /// <summary>Bytes of the answer's body. Default 0.</summary>
    public long ResponseBytes { get; init; }

    /// <summary>Headers of the answer, beside the version's. Default none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ResponseHeaders { get; init; } = [];

    /// <summary>What it does after its own work, in order.</summary>
    public IReadOnlyList<StepConfig> Script { get; init; } = [];
}
