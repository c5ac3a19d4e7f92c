namespace Mesh.Runtime.LoadBalancing.Prequal;

/// <summary>A port: asks an endpoint's sidecar how busy it is, apart from any request. Nobody waits for the answer.</summary>
public interface IEndpointProbe
{
    /// <summary>Asks an endpoint. The answer comes at any time, or not at all.</summary>
    /// <param name="proxy">The proxy that asks.</param>
    /// <param name="endpoint">The endpoint's id.</param>
    /// <param name="key">64 uniform bits that are this probe's own, for draws; the answer comes with them.</param>
    /// <param name="listener">Who is told.</param>
    void Probe(int proxy, int endpoint, ulong key, IProbeListener listener);
}

/// <summary>Who asked. Safe to call from any thread.</summary>
public interface IProbeListener
{
    /// <summary>An endpoint has answered.</summary>
    /// <param name="endpoint">Its id.</param>
    /// <param name="key">The probe's bits.</param>
    /// <param name="report">What it says.</param>
    /// <param name="now">The time in ticks.</param>
    void Answered(int endpoint, ulong key, in ProbeReport report, long now);
}

/// <summary>What an endpoint's sidecar says about itself.</summary>
/// <param name="InFlight">Requests that it has, of all callers.</param>
/// <param name="Latency">Ticks that a request of now can expect to take; 0 where nothing is known.</param>
public readonly record struct ProbeReport(int InFlight, long Latency);
