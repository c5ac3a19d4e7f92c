namespace Mesh.Runtime.Model;

/// <summary>Where a copy of requests goes. The copy never changes the answer.</summary>
public sealed record MirrorConfig
{
    /// <summary>The service; <c>null</c> for the called one itself.</summary>
    public string? To { get; init; }

    /// <summary>The version or subset; <c>null</c> for any.</summary>
    public string? Version { get; init; }

    /// <summary>Share of the requests that is copied, 0 to 1. Default 1 (Istio: absent is 100%).</summary>
    public double Percent { get; init; } = 1;
}
