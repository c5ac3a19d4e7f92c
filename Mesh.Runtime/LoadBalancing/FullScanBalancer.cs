using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>Envoy's <c>LEAST_REQUEST</c> with <c>FULL_SCAN</c>: the fewest requests in flight of all; where weights differ, by them, as <see cref="LeastRequestBalancer"/>.</summary>
/// <param name="bias">How strongly requests in flight lower a weight.</param>
/// <param name="offset">64 random bits of this proxy and service.</param>
internal sealed class FullScanBalancer(double bias, ulong offset) : EdfBalancer(offset)
{
    private readonly ShortestQueueBalancer _scan = new();

    public override void Update(Endpoint[] members)
    {
        base.Update(members);
        _scan.Update(members);
    }

    protected override int PickUnweighted(Endpoint[] members, EndpointStates states, ref DrawSequence draws) =>
        _scan.Pick(members, states, default, ref draws);

    protected override double Bias(double weight, int inFlight) => LeastRequestBalancer.WithBias(weight, inFlight, bias);
}

/// <summary>
/// Join the shortest queue, as far as this proxy knows the queues: the least (in flight + 1) / weight of all, ties drawn uniformly. O(n) a pick.
/// </summary>
internal sealed class ShortestQueueBalancer : ILoadBalancer
{
    private int[] _tied = [];

    public void Update(Endpoint[] members) => _tied = _tied.Length >= members.Length ? _tied : new int[members.Length];

    public int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws)
    {
        double least = double.PositiveInfinity;
        int ties = 0;
        for (int i = 0; i < members.Length; i++)
        {
            double weight = request.Weights?.WeightOf(members[i], request.Now) ?? members[i].Weight;
            double load = (states.InFlight(members[i].Id) + 1) / weight;
            if (load > least) continue;
            if (load < least) (least, ties) = (load, 0);
            _tied[ties++] = i;
        }
        return _tied[ties == 1 ? 0 : KeyedRandom.ToIndex(draws.Next(), ties)];
    }
}
