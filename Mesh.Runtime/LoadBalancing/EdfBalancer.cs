using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>
/// What Envoy's round robin and least request share: with equal weights, and nobody in slow start, a way of their own to pick; else earliest deadline first.
/// </summary>
/// <param name="offset">64 random bits of this proxy and service: where the schedule starts.</param>
internal abstract class EdfBalancer(ulong offset) : ILoadBalancer
{
    private bool _equal = true;
    private EdfScheduler? _schedule;

    public virtual void Update(Endpoint[] members)
    {
        _schedule = null;   // made at the first pick, for it may depend on requests in flight
        _equal = AreEqual(members);
    }

    public int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws)
    {
        if (members.Length == 1) return 0;
        if (_equal && request.Weights is null) return PickUnweighted(members, states, ref draws);
        _schedule ??= Start(members, states, in request);
        int picked = _schedule.Next;
        _schedule.Take(WeightOf(members[picked], states, in request));
        return picked;
    }

    /// <summary>The pick while all weights are equal; there are two members or more.</summary>
    protected abstract int PickUnweighted(Endpoint[] members, EndpointStates states, ref DrawSequence draws);

    /// <summary>What is left of a weight at an endpoint that has so many requests in flight.</summary>
    protected virtual double Bias(double weight, int inFlight) => weight;

    /// <summary>Whether all members have the same configured weight.</summary>
    internal static bool AreEqual(Endpoint[] members)
    {
        for (int i = 1; i < members.Length; i++)
            if (members[i].Weight != members[0].Weight) return false;
        return true;
    }

    private double WeightOf(Endpoint endpoint, EndpointStates states, in PickRequest request) =>
        Bias(request.Weights?.WeightOf(endpoint, request.Now) ?? endpoint.Weight, states.InFlight(endpoint.Id));

    private EdfScheduler Start(Endpoint[] members, EndpointStates states, in PickRequest request)
    {
        double[] weights = new double[members.Length];
        for (int i = 0; i < weights.Length; i++) weights[i] = WeightOf(members[i], states, in request);
        return new EdfScheduler(weights, offset >> 32);
    }
}
