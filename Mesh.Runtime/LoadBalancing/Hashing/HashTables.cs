using System.Runtime.CompilerServices;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.LoadBalancing.Hashing;

/// <summary>Tables that are in use, by the endpoints they were built for: the proxies of a mesh mostly have the same list, and a table is large.</summary>
internal static class HashTables
{
    private static readonly ConditionalWeakTable<Endpoint[], List<(LoadBalancerConfig Config, IHashTable Table)>> Built = [];

    /// <summary>The table over these endpoints, built when it is new.</summary>
    /// <param name="members">The endpoints. Not changed later.</param>
    /// <param name="config">The algorithm and its settings.</param>
    public static IHashTable Of(Endpoint[] members, LoadBalancerConfig config)
    {
        var tables = Built.GetOrCreateValue(members);
        lock (tables)
        {
            foreach (var (known, table) in tables)
                if (known.Equals(config)) return table;
            tables.Add((config, Build(members, config)));
            return tables[^1].Table;
        }
    }

    /// <summary>A new table over these endpoints.</summary>
    public static IHashTable Build(Endpoint[] members, LoadBalancerConfig config) => config.Algorithm == LoadBalancerAlgorithm.Maglev
        ? MaglevTable.Build(members, config.TableSize)
        : HashRing.Build(members, config.MinRingSize, config.MaxRingSize, config.HashFunction);
}
