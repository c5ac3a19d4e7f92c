namespace Mesh.Runtime.ControlPlane.Injection;

/// <summary>How far faults may reach before somebody has to say that a large one is meant.</summary>
public sealed record FaultLimits
{
    /// <summary>The largest share of a service's requests, 0 to 1, that the faults on it may hit together. Default 0.5.</summary>
    public double MaxShare { get; init; } = 0.5;

    /// <summary>The most faults in force at once. Default 3.</summary>
    public int MaxFaults { get; init; } = 3;
}
