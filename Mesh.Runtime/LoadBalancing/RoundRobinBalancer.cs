using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>
/// Each endpoint in turn (Envoy's <c>ROUND_ROBIN</c>), by weight where weights differ. Every proxy has a turn of its own and starts at an offset drawn for it,
/// or all proxies would call the same endpoint together.
/// </summary>
/// <param name="offset">64 random bits of this proxy and service.</param>
internal sealed class RoundRobinBalancer(ulong offset) : EdfBalancer(offset)
{
    private ulong _next = offset >> 1;

    protected override int PickUnweighted(Endpoint[] members, EndpointStates states, ref DrawSequence draws) =>
        (int)(_next++ % (ulong)members.Length);
}
