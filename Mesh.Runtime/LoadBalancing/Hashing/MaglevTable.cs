using Mesh.Runtime.Model;

namespace Mesh.Runtime.LoadBalancing.Hashing;

/// <summary>
/// Google's Maglev table (Eisenbud et al., NSDI 2016) as Envoy fills it: in rounds, each endpoint takes the next free place of its own permutation, one of
/// less than the greatest weight in some rounds only.
/// </summary>
internal sealed class MaglevTable : IHashTable
{
    private readonly int[] _owners;

    private MaglevTable(int[] owners) => _owners = owners;

    /// <summary>The owner of each place, for tests.</summary>
    public ReadOnlySpan<int> Owners => _owners;

    /// <summary>Fills a table.</summary>
    /// <param name="members">The endpoints; they take places in order of their names.</param>
    /// <param name="size">Places, a prime.</param>
    public static MaglevTable Build(Endpoint[] members, int size)
    {
        var rows = Rows(members, (uint)size);
        double most = rows.Max(row => row.Weight);
        int[] owners = new int[size];
        Array.Fill(owners, -1);
        for (int round = 1, filled = 0; filled < size; round++)
        {
            for (int i = 0; i < rows.Length && filled < size; i++)
            {
                ref var row = ref rows[i];
                if (round * row.Weight < row.Target) continue;
                row.Target += most;
                while (owners[row.Place] >= 0) row.Step((uint)size);
                owners[row.Place] = row.Owner;
                row.Step((uint)size);
                filled++;
            }
        }
        return new MaglevTable(owners);
    }

    public int Find(ulong hash, int attempt)
    {
        if (attempt > 0) hash ^= ~0UL - (ulong)attempt + 1;
        return _owners[hash % (uint)_owners.Length];
    }

    private static Row[] Rows(Endpoint[] members, uint size)
    {
        double sum = members.Sum(member => (double)member.Weight);
        var key = new EndpointKey(members);
        var rows = new Row[members.Length];
        int[] order = [.. Enumerable.Range(0, members.Length)];
        Array.Sort(order, (a, b) => string.CompareOrdinal(members[a].Name, members[b].Name));
        for (int i = 0; i < rows.Length; i++)
        {
            int owner = order[i];
            key.Of(members[owner]);
            uint skip = size == 2 ? 1 : (uint)(key.Hash(seed: 1) % (size - 1)) + 1;
            rows[i] = new Row { Owner = owner, Weight = members[owner].Weight / sum, Place = (uint)(key.Hash(seed: 0) % size), Skip = skip };
        }
        return rows;
    }

    private struct Row
    {
        public required int Owner;
        public required double Weight;
        public required uint Place;
        public required uint Skip;
        public double Target;

        public void Step(uint size)
        {
            Place += Skip;
            if (Place >= size) Place -= size;
        }
    }
}
