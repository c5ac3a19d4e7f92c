using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>
/// The power of a few choices by requests in flight (Mitzenmacher 2001). The first drawn stays unless a later one has strictly fewer.
/// With replacement the same endpoint may be drawn twice, as in Envoy's <c>LEAST_REQUEST</c>; without, the draws are distinct, as in YARP and Linkerd.
/// Where weights differ it goes by weight / (in flight + 1)^bias, earliest deadline first, as Envoy.
/// </summary>
/// <param name="choices">Endpoints compared, 2 or more.</param>
/// <param name="withReplacement">Whether an endpoint may be drawn twice.</param>
/// <param name="bias">How strongly requests in flight lower a weight; Envoy's default is 1.</param>
/// <param name="offset">64 random bits of this proxy and service: where the schedule by weight starts.</param>
internal sealed class LeastRequestBalancer(int choices, bool withReplacement, double bias = 1, ulong offset = 0) : EdfBalancer(offset)
{
    private readonly int[] _drawn = new int[withReplacement ? 0 : choices];
    private int[] _ids = [];

    /// <summary>Keeps the ids side by side: among thousands of endpoints each look at an endpoint is a cache miss.</summary>
    public override void Update(Endpoint[] members)
    {
        base.Update(members);
        _ids = Array.ConvertAll(members, static member => member.Id);
    }

    protected override int PickUnweighted(Endpoint[] members, EndpointStates states, ref DrawSequence draws) =>
        withReplacement ? PickAny(states, ref draws) : PickDistinct(states, ref draws);

    protected override double Bias(double weight, int inFlight) => WithBias(weight, inFlight, bias);

    /// <summary>Envoy's weight of an endpoint that has requests in flight.</summary>
    internal static double WithBias(double weight, int inFlight, double bias) =>
        bias == 1 ? weight / (inFlight + 1) : bias == 0 ? weight : weight / Math.Pow(inFlight + 1, bias);

    private int PickAny(EndpointStates states, ref DrawSequence draws)
    {
        int best = KeyedRandom.ToIndex(draws.Next(), _ids.Length);
        int load = states.InFlight(_ids[best]);
        for (int i = 1; i < choices; i++)
        {
            int other = KeyedRandom.ToIndex(draws.Next(), _ids.Length);
            int otherLoad = states.InFlight(_ids[other]);
            if (otherLoad < load) (best, load) = (other, otherLoad);
        }
        return best;
    }

    /// <summary>Draws the i-th of the indices not yet drawn; the drawn ones are kept sorted so that each is skipped once.</summary>
    private int PickDistinct(EndpointStates states, ref DrawSequence draws)
    {
        int wanted = Math.Min(choices, _ids.Length);
        Span<int> drawn = _drawn;
        int best = -1, load = int.MaxValue;
        for (int i = 0; i < wanted; i++)
        {
            int index = KeyedRandom.ToIndex(draws.Next(), _ids.Length - i);
            int at = 0;
            while (at < i && drawn[at] <= index) { index++; at++; }
            drawn[at..i].CopyTo(drawn[(at + 1)..]);
            drawn[at] = index;
            int inFlight = states.InFlight(_ids[index]);
            if (inFlight < load) (best, load) = (index, inFlight);
        }
        return best;
    }
}
