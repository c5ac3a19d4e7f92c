namespace Mesh.Runtime.Model;

/// <summary>Envoy's admission control in the caller's sidecar: requests are refused with a probability that grows as success falls.</summary>
public sealed record AdmissionControlConfig
{
    /// <summary>The time over which success is counted, 1 s or more. Default 30 s (Envoy).</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Share of successes, above 0 and at most 1, below which requests are refused. Default 0.95 (Envoy).</summary>
    public double SuccessThreshold { get; init; } = 0.95;

    /// <summary>How soon refusals grow as success falls, 1 or more; 1 is linear. Default 1 (Envoy).</summary>
    public double Aggression { get; init; } = 1;

    /// <summary>Largest share of requests refused, 0 to 1; the rest goes on finding out whether the callee is well. Default 0.8 (Envoy).</summary>
    public double MaxRejection { get; init; } = 0.8;

    /// <summary>Requests a second, averaged over the window, below which none is refused. Default 0 (Envoy).</summary>
    public int MinRequestRate { get; init; }
}
