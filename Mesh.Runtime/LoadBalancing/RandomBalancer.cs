using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>A uniform draw (Envoy's <c>RANDOM</c>).</summary>
internal sealed class RandomBalancer : ILoadBalancer
{
    public int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws) =>
        KeyedRandom.ToIndex(draws.Next(), members.Length);
}
