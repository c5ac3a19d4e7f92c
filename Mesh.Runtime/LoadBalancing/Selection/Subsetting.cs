using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing.Selection;

/// <summary>Which endpoints a proxy uses, from its place among its service's proxies. Every proxy computes it alone, and together they load all endpoints alike.</summary>
internal static class Subsetting
{
    /// <summary>The proxy's part of the endpoints.</summary>
    /// <param name="endpoints">All, in order of their ids.</param>
    /// <param name="config">How many, and how they are dealt out; <c>null</c> is all.</param>
    /// <param name="local">The proxy's place.</param>
    /// <param name="random">Draws that are the same for every proxy.</param>
    /// <param name="service">The id of the endpoints' service.</param>
    public static SubsettingResult Deal(Endpoint[] endpoints, SubsettingConfig? config, LocalCluster local, KeyedRandom random, int service)
    {
        if (config is null || config.Size >= endpoints.Length) return new SubsettingResult(endpoints, null);
        return config.Algorithm == SubsettingAlgorithm.Ring
            ? Ring(endpoints, config.Size, local)
            : new SubsettingResult(Shuffle(endpoints, config.Size, local.Index, random, service), null);
    }

    /// <summary>
    /// Proxies are numbered in rounds of (endpoints / size). A round has one shuffle of the endpoints, cut into pieces of the size, and each of its proxies one piece.
    /// What does not fill a piece stays unused in that round; the next round's shuffle leaves out others.
    /// </summary>
    private static Endpoint[] Shuffle(Endpoint[] endpoints, int size, int proxy, KeyedRandom random, int service)
    {
        int pieces = endpoints.Length / size;
        var shuffled = (Endpoint[])endpoints.Clone();
        for (int i = shuffled.Length - 1; i > 0; i--)
        {
            int other = KeyedRandom.ToIndex(random.Bits(Concern.Subset, (ulong)(proxy / pieces), service, i), i + 1);
            (shuffled[i], shuffled[other]) = (shuffled[other], shuffled[i]);
        }
        var piece = shuffled.AsSpan(proxy % pieces * size, size).ToArray();
        Array.Sort(piece, (a, b) => a.Id.CompareTo(b.Id));
        return piece;
    }

    /// <summary>
    /// On a ring of proxies × endpoints steps, an endpoint takes up as many steps as there are proxies. A proxy begins at its own place and covers a whole number of proxies'
    /// places, the fewest that cover the size: so every step of the ring is covered equally often, and an endpoint at the rim counts by the part that is covered.
    /// </summary>
    private static SubsettingResult Ring(Endpoint[] endpoints, int size, LocalCluster local)
    {
        long count = endpoints.Length, proxies = local.Size, ring = count * proxies;
        long width = (size * proxies + count - 1) / count * count;
        if (width >= ring) return new SubsettingResult(endpoints, null);

        long from = local.Index * count;
        var members = new List<Endpoint>();
        Dictionary<int, double>? shares = null;
        for (int i = 0; i < endpoints.Length; i++)
        {
            long start = i * proxies;
            long covered = Overlap(from, width, start, proxies) + Overlap(from, width, start + ring, proxies);
            if (covered == 0) continue;
            members.Add(endpoints[i]);
            if (covered < proxies) (shares ??= [])[endpoints[i].Id] = (double)covered / proxies;
        }
        return new SubsettingResult([.. members], shares);
    }

    private static long Overlap(long from, long width, long start, long length) =>
        Math.Max(0, Math.Min(from + width, start + length) - Math.Max(from, start));
}

/// <summary>A proxy's part of the endpoints.</summary>
/// <param name="Members">The endpoints, in order of their ids.</param>
/// <param name="Shares">The part of an endpoint that is the proxy's, by id, where it is less than the whole; <c>null</c> where there is none such.</param>
internal readonly record struct SubsettingResult(Endpoint[] Members, IReadOnlyDictionary<int, double>? Shares);
