using Mesh.Runtime.Model;

namespace Mesh.Runtime.Health;

/// <summary>The way of an active health check to an endpoint: what the two worlds implement differently.</summary>
public interface IHealthProbe
{
    /// <summary>Asks an endpoint whether it is well. Completes with <see cref="CheckResult.NoAnswer"/> when cancelled.</summary>
    /// <param name="proxyId">The proxy that asks.</param>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="config">What it asks.</param>
    /// <param name="number">The number of this proxy's check of this endpoint, from 0, for draws.</param>
    /// <param name="cancellation">Cancelled when the time is up.</param>
    ValueTask<CheckResult> ProbeAsync(int proxyId, Endpoint endpoint, HealthCheckConfig config, int number, CancellationToken cancellation);
}
