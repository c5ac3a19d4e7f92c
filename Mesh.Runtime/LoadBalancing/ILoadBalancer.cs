using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>
/// Picks the endpoint for an attempt. A decision without clock or thread of its own: it is called under its service's lock,
/// with the time and with draws that belong to the attempt.
/// </summary>
internal interface ILoadBalancer
{
    /// <summary>The index of the picked endpoint.</summary>
    /// <param name="endpoints">The candidates, at least one.</param>
    /// <param name="states">What this proxy knows about them.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="draws">The attempt's own draws.</param>
    int Pick(ReadOnlySpan<Endpoint> endpoints, EndpointStates states, long now, ref DrawSequence draws);
}
