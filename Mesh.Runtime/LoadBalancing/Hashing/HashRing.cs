using Mesh.Runtime.Model;

namespace Mesh.Runtime.LoadBalancing.Hashing;

/// <summary>
/// Envoy's ring (ketama): each endpoint stands on it at the hashes of <c>name_0</c>, <c>name_1</c>, … as often as its weight says, and a hash belongs to the
/// first entry at or after it.
/// </summary>
internal sealed class HashRing : IHashTable
{
    private readonly ulong[] _hashes;
    private readonly int[] _owners;

    private HashRing(ulong[] hashes, int[] owners)
    {
        _hashes = hashes;
        _owners = owners;
    }

    /// <summary>The entries' hashes in order, for tests.</summary>
    public ReadOnlySpan<ulong> Hashes => _hashes;

    /// <summary>The entries' owners in order, for tests.</summary>
    public ReadOnlySpan<int> Owners => _owners;

    /// <summary>
    /// The least weight gets a whole number of entries and the ring at least <paramref name="minSize"/>, unless that is more than <paramref name="maxSize"/>.
    /// Running sums share out what does not come out whole.
    /// </summary>
    public static HashRing Build(Endpoint[] members, int minSize, int maxSize, RingHashFunction function)
    {
        double sum = members.Sum(member => (double)member.Weight);
        double least = members.Min(member => member.Weight) / sum;
        double scale = Math.Min(Math.Ceiling(least * minSize) / least, maxSize);
        var hashes = new List<ulong>((int)Math.Ceiling(scale) + 1);
        var owners = new List<int>(hashes.Capacity);
        var key = new EndpointKey(members);
        double target = 0;
        for (int i = 0; i < members.Length; i++)
        {
            key.Of(members[i]);
            target += scale * (members[i].Weight / sum);
            for (int number = 0; hashes.Count < target; number++)
            {
                hashes.Add(key.Hash(number, function));
                owners.Add(i);
            }
        }
        (ulong[] sorted, int[] sortedOwners) = (hashes.ToArray(), owners.ToArray());
        Array.Sort(sorted, sortedOwners);
        return new HashRing(sorted, sortedOwners);
    }

    public int Find(ulong hash, int attempt)
    {
        int low = 0, high = _hashes.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_hashes[middle] < hash) low = middle + 1;
            else high = middle;
        }
        if (low == _hashes.Length) low = 0;
        return _owners[attempt == 0 ? low : (int)(((uint)low + (uint)attempt) % (uint)_owners.Length)];
    }
}
