namespace Mesh.Reports.Results;

/// <summary>What a <see cref="RunRecorder"/> measures. All times are ticks of 100 ns since the world began.</summary>
public sealed record RecorderOptions
{
    /// <summary>Requests whose intended start lies before this are in no statistic, only in the series over time. Default 0.</summary>
    public long Warmup { get; init; }

    /// <summary>The end of the measured time. Requests that started before it count whenever they end.</summary>
    public required long End { get; init; }

    /// <summary>The length of a time window. Default one second.</summary>
    public long Window { get; init; } = TimeSpan.TicksPerSecond;

    /// <summary>The service name of the proxies through which load enters the mesh. Default <c>ingress</c>.</summary>
    public string Ingress { get; init; } = "ingress";

    /// <summary>Named spans by which results can be selected; may overlap. Default none.</summary>
    public IReadOnlyList<PhaseSpan> Phases { get; init; } = [];

    /// <summary>How many of the slowest and how many of the failed requests are kept with all their decisions. Default 20; 0 keeps none.</summary>
    public int Exemplars { get; init; } = 20;
}

/// <summary>What only the world that ran knows, and the recorder cannot see.</summary>
public sealed record ReplicationFacts
{
    /// <summary>The replication's number, from 0.</summary>
    public required int Replication { get; init; }

    /// <summary>Its seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The trace hash, in hexadecimal.</summary>
    public required string TraceHash { get; init; }

    /// <summary>Simulated seconds from the world's beginning to its end.</summary>
    public required double VirtualSeconds { get; init; }

    /// <summary>Seconds that this took.</summary>
    public required double WallSeconds { get; init; }

    /// <summary>Events that the world's loop fired; 0 in the live world.</summary>
    public long EventsFired { get; init; }

    /// <summary>Why it ended. Default <c>completed</c>.</summary>
    public string StopReason { get; init; } = "completed";

    /// <summary>What a reader of the results must know. Default nothing.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>How busy each replica was. Default unknown.</summary>
    public IReadOnlyList<ReplicaUsage> Replicas { get; init; } = [];

    /// <summary>The faults of the timeline, in the file's order. Default none.</summary>
    public IReadOnlyList<FaultStats> Faults { get; init; } = [];

    /// <summary>How busy each service was over time. Default unknown.</summary>
    public IReadOnlyList<ServiceUtilisation> Utilisation { get; init; } = [];
}
