using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>Endpoints among which one balancer picks. The balancer is made with the first pick, and told of new members with the first pick among them.</summary>
internal sealed class CandidateSet(EndpointSelector owner)
{
    private ILoadBalancer? _balancer;
    private bool _stale;

    /// <summary>The endpoints, in order of their ids.</summary>
    public Endpoint[] Members { get; private set; } = [];

    /// <summary>Takes over the members; the same ones again change nothing.</summary>
    public void Offer(Endpoint[] members)
    {
        if (Same(Members, members)) return;
        Members = members;
        _stale = true;
    }

    /// <summary>Picks one of the members, of which there is at least one.</summary>
    public Selection Pick(in PickRequest request, ref DrawSequence draws)
    {
        _balancer ??= owner.CreateBalancer();
        if (_stale) _balancer.Update(Members);
        _stale = false;
        return new Selection(Members[_balancer.Pick(Members, owner.States, request, ref draws)], _balancer);
    }

    private static bool Same(Endpoint[] one, Endpoint[] other)
    {
        if (ReferenceEquals(one, other)) return true;
        if (one.Length != other.Length) return false;
        for (int i = 0; i < one.Length; i++)
        {
            if (!ReferenceEquals(one[i], other[i])) return false;
        }
        return true;
    }
}
