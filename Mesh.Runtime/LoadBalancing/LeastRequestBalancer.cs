using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>
/// The power of a few choices by requests in flight (Mitzenmacher 2001). The first drawn stays unless a later one has strictly fewer.
/// With replacement the same endpoint may be drawn twice, as in Envoy's <c>LEAST_REQUEST</c>; without, the draws are distinct, as in YARP and Linkerd.
/// </summary>
/// <param name="choices">Endpoints compared, 2 or more.</param>
/// <param name="withReplacement">Whether an endpoint may be drawn twice.</param>
internal sealed class LeastRequestBalancer(int choices, bool withReplacement) : ILoadBalancer
{
    public int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws)
    {
        int count = members.Length;
        if (count == 1) return 0;
        return withReplacement ? PickAny(members, states, ref draws) : PickDistinct(members, states, ref draws);
    }

    private int PickAny(Endpoint[] members, EndpointStates states, ref DrawSequence draws)
    {
        int best = KeyedRandom.ToIndex(draws.Next(), members.Length);
        int load = states.InFlight(members[best].Id);
        for (int i = 1; i < choices; i++)
        {
            int other = KeyedRandom.ToIndex(draws.Next(), members.Length);
            int otherLoad = states.InFlight(members[other].Id);
            if (otherLoad < load) (best, load) = (other, otherLoad);
        }
        return best;
    }

    /// <summary>Draws the i-th of the indices not yet drawn; the drawn ones are kept sorted so that each is skipped once.</summary>
    private int PickDistinct(Endpoint[] members, EndpointStates states, ref DrawSequence draws)
    {
        int wanted = Math.Min(choices, members.Length);
        Span<int> drawn = wanted <= 16 ? stackalloc int[16] : new int[wanted];
        int best = -1, load = int.MaxValue;
        for (int i = 0; i < wanted; i++)
        {
            int index = KeyedRandom.ToIndex(draws.Next(), members.Length - i);
            int at = 0;
            while (at < i && drawn[at] <= index) { index++; at++; }
            drawn[at..i].CopyTo(drawn[(at + 1)..]);
            drawn[at] = index;
            int inFlight = states.InFlight(members[index].Id);
            if (inFlight < load) (best, load) = (index, inFlight);
        }
        return best;
    }
}
