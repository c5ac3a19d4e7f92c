using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>A uniform draw (Envoy's <c>RANDOM</c>).</summary>
internal sealed class RandomBalancer : ILoadBalancer
{
    public int Pick(ReadOnlySpan<Endpoint> endpoints, EndpointStates states, long now, ref DrawSequence draws) =>
        KeyedRandom.ToIndex(draws.Next(), endpoints.Length);
}
