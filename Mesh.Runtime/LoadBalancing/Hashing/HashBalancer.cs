using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing.Hashing;

/// <summary>
/// Consistent hashing (Envoy's <c>RING_HASH</c> and <c>MAGLEV</c>): equal hashes go to the same endpoint while there is one, and few move when the endpoints change.
/// A request without a hash has one drawn. Slow start does not change it, as in Envoy.
/// </summary>
/// <param name="config">The algorithm and its settings.</param>
internal sealed class HashBalancer(LoadBalancerConfig config) : ILoadBalancer
{
    private readonly BoundedLoad? _bound = config.HashBalanceFactor is { } factor ? new BoundedLoad(factor) : null;
    private IHashTable _table = null!;

    public void Update(Endpoint[] members)
    {
        _table = HashTables.Of(members, config);
        _bound?.Update(members);
    }

    public int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws)
    {
        ulong hash = request.HasHash ? request.Hash : draws.Next();
        int picked = _table.Find(hash, request.Attempt);
        return _bound is null ? picked : _bound.Pick(members, states, hash, picked);
    }
}
