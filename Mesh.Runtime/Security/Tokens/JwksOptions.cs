namespace Mesh.Runtime.Security.Tokens;

/// <summary>How public keys of token issuers are kept fresh.</summary>
public sealed record JwksOptions
{
    /// <summary>How old keys may be before they are fetched again, in the background. Default 20 min (Istio).</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>The least time between two fetches, whatever tokens come: after a failure, and for a key id that nobody knows. Default 10 s.</summary>
    public TimeSpan LeastInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a fetch may take. Default 5 s (Istio).</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The most bytes that a key set may have. Default 256 KiB.</summary>
    public int MostBytes { get; init; } = 256 * 1024;
}
