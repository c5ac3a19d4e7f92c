namespace Mesh.Simulator;

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

    /// <summary>What else routes and rules may ask of it.</summary>
    public RequestHeadConfig Head { get; init; } = RequestHeadConfig.Plain;
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
