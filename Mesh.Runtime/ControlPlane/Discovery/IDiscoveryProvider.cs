namespace Mesh.Runtime.ControlPlane.Discovery;

/// <summary>
/// Watches one source of services and reports what it sees. It reports between <see cref="Start"/> and the end of <see cref="IAsyncDisposable.DisposeAsync"/> only, never two reports
/// at once, and reconnects by itself. It decides nothing: what becomes of an observation is <see cref="DiscoveryState"/>'s.
/// </summary>
public interface IDiscoveryProvider : IAsyncDisposable
{
    /// <summary>Its name, unique among the control plane's providers.</summary>
    string Source { get; }

    /// <summary>How it stands with its source, as last reported.</summary>
    ProviderStatus Status { get; }

    /// <summary>Begins to watch. Once only.</summary>
    void Start();
}

/// <summary>Whom providers report to. It returns at once, and may be called from any thread.</summary>
public interface IDiscoverySink
{
    /// <summary>A service as the source sees it now. It replaces the source's earlier observation of the service.</summary>
    void Observed(ServiceObservation observation);

    /// <summary>How a provider stands with its source. It replaces the earlier status.</summary>
    void StatusChanged(ProviderStatus status);
}

/// <summary>How a provider stands with its source.</summary>
/// <param name="Source">The provider.</param>
/// <param name="State">How.</param>
/// <param name="Since">Since when, in ticks. For <see cref="ProviderState.Stale"/>: when its knowledge was last known to be right.</param>
/// <param name="Reason">Why it is stale or failed, for people; it never holds a secret.</param>
/// <param name="Failures">Failures in a row.</param>
public sealed record ProviderStatus(string Source, ProviderState State, long Since, string Reason = "", int Failures = 0);

/// <summary>How a provider stands with its source.</summary>
public enum ProviderState
{
    /// <summary>It has not started, or has not yet had its first answer.</summary>
    Connecting,
    /// <summary>It knows what the source knows.</summary>
    Synced,
    /// <summary>It did, and tries to again.</summary>
    Stale,
    /// <summary>It never did; it goes on trying.</summary>
    Failed,
}
