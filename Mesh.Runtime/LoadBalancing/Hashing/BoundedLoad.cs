using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing.Hashing;

/// <summary>
/// Consistent hashing with bounded loads (Mirrokni et al., arXiv 1608.01350), as Envoy's <c>hash_balance_factor</c>: an endpoint above its share of the requests
/// in flight, times a factor, is passed over for others in an order that the hash fixes (random jumps, arXiv 1908.08762). All overloaded, the least is taken.
/// The rule and the arithmetic are Envoy's; the order comes from our generator instead of its Mersenne twister. O(n) at worst.
/// </summary>
/// <param name="factor">Percent of the average load, 100 or more.</param>
internal sealed class BoundedLoad(int factor)
{
    private static readonly KeyedRandom Shuffle = new(0);
    private double _sum;
    private int[] _order = [];
    private int[] _swaps = [];

    public void Update(Endpoint[] members)
    {
        _sum = members.Sum(member => (double)member.Weight);
        _order = [.. Enumerable.Range(0, members.Length)];
        _swaps = new int[members.Length];
    }

    /// <summary>The endpoint for a hash that belongs to <paramref name="owner"/>.</summary>
    public int Pick(Endpoint[] members, EndpointStates states, ulong hash, int owner)
    {
        long slots = ((states.TotalInFlight + 1L) * factor + 99) / 100;
        double load = Load(members[owner], states, slots);
        if (load <= 1) return owner;
        int best = owner;
        var draws = new DrawSequence(Shuffle, Concern.LoadBalancing, hash, 0);
        int drawn = 0;
        while (drawn < members.Length && load > 1)
        {
            int next = Draw(drawn++, ref draws);
            double other = Load(members[next], states, slots);
            if (other < load) (best, load) = (next, other);
        }
        while (drawn > 0) Undo(--drawn);
        return best;
    }

    private double Load(Endpoint endpoint, EndpointStates states, long slots) =>
        states.InFlight(endpoint.Id) / Math.Max(1, Math.Ceiling(slots * (endpoint.Weight / _sum)));

    /// <summary>The next of a random permutation (Fisher and Yates).</summary>
    private int Draw(int at, ref DrawSequence draws)
    {
        int other = _swaps[at] = at + KeyedRandom.ToIndex(draws.Next(), _order.Length - at);
        (_order[at], _order[other]) = (_order[other], _order[at]);
        return _order[at];
    }

    private void Undo(int at) => (_order[at], _order[_swaps[at]]) = (_order[_swaps[at]], _order[at]);
}
