using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>A draw by configured weight; uniform where they are equal, as Envoy's <c>RANDOM</c>, which knows no weights. Slow start does not change it, as in Envoy.</summary>
internal sealed class RandomBalancer : ILoadBalancer
{
    private AliasTable? _byWeight;

    public void Update(Endpoint[] members) => _byWeight = EdfBalancer.AreEqual(members) ? null : AliasTable.Of(members);

    public int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws) =>
        _byWeight is { } table ? table.Draw(ref draws) : KeyedRandom.ToIndex(draws.Next(), members.Length);

    /// <summary>Draws from a discrete distribution in O(1) (Walker 1977, built as by Vose 1991).</summary>
    private sealed class AliasTable(double[] keep, int[] alias)
    {
        public static AliasTable Of(Endpoint[] members)
        {
            int count = members.Length;
            double sum = 0;
            foreach (var member in members) sum += member.Weight;
            double[] keep = new double[count];
            int[] alias = new int[count];
            int[] order = new int[count];   // those below the average from the front, the others from the back
            int small = 0, large = count;
            for (int i = 0; i < count; i++)
            {
                keep[i] = members[i].Weight * count / sum;
                order[keep[i] < 1 ? small++ : --large] = i;
            }
            for (int next = 0; next < small && large < count; next++)
            {
                int poor = order[next], rich = order[large];
                alias[poor] = rich;
                keep[rich] -= 1 - keep[poor];
                if (keep[rich] < 1) (order[small++], large) = (rich, large + 1);
            }
            // What is left is 1 but for rounding.
            for (int i = large; i < count; i++) keep[order[i]] = 1;
            return new AliasTable(keep, alias);
        }

        public int Draw(ref DrawSequence draws)
        {
            int index = KeyedRandom.ToIndex(draws.Next(), keep.Length);
            return KeyedRandom.ToUnit(draws.Next()) < keep[index] ? index : alias[index];
        }
    }
}
