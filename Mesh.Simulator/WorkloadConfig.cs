namespace Mesh.Simulator;

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

    /// <summary>What else routes and rules may ask of it.</summary>
    public RequestHeadConfig Head { get; init; } = RequestHeadConfig.Plain;
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
