using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>
/// Each endpoint in turn (Envoy's unweighted <c>ROUND_ROBIN</c>). Every proxy has a turn of its own and starts at an offset drawn for it,
/// or all proxies would call the same endpoint together.
/// </summary>
/// <param name="offset">64 random bits of this proxy and service.</param>
internal sealed class RoundRobinBalancer(ulong offset) : ILoadBalancer
{
    private ulong _next = offset >> 1;

    public int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws) =>
        (int)(_next++ % (ulong)members.Length);
}
