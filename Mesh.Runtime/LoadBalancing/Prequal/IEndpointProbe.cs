namespace Mesh.Runtime.LoadBalancing.Prequal;

/// <summary>A port: asks an endpoint's sidecar how busy it is, apart from any request. The answer comes at once or not at all.</summary>
public interface IEndpointProbe
{
    /// <summary>Asks an endpoint.</summary>
    /// <param name="endpoint">The endpoint's id.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="report">What it answers.</param>
    /// <returns>Whether it answered.</returns>
    bool TryProbe(int endpoint, long now, out ProbeReport report);
}

/// <summary>What an endpoint's sidecar says about itself.</summary>
/// <param name="InFlight">Requests that it has, of all callers.</param>
/// <param name="Latency">Ticks that a request of now can expect to take; 0 where nothing is known.</param>
public readonly record struct ProbeReport(int InFlight, long Latency);
