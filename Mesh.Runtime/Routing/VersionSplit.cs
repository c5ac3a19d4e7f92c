using System.IO.Hashing;
using System.Runtime.InteropServices;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Routing;

/// <summary>
/// Shares of the requests by version or subset. The draw is keyed by the request, so that it goes to the same version in paired runs
/// and with every attempt. Allocates nothing.
/// </summary>
internal sealed class VersionSplit
{
    private readonly (double UpTo, string Name)[] _shares;
    private readonly string? _header;

    public VersionSplit(SplitConfig config)
    {
        _header = config.StickyHeader;
        var weights = config.Weights.Where(weight => weight.Value > 0).ToList();
        double total = weights.Sum(weight => weight.Value), upTo = 0;
        _shares = [.. weights.Select(weight => ((upTo += weight.Value) / total, weight.Key))];
    }

    /// <summary>The version or subset of a request.</summary>
    public string Choose(KeyedRandom random, MeshRequest request)
    {
        if (_shares.Length == 1) return _shares[0].Name;
        double draw = random.Unit(Concern.Split, KeyOf(request));
        int i = 0;
        while (i < _shares.Length - 1 && draw >= _shares[i].UpTo) i++;
        return _shares[i].Name;
    }

    private ulong KeyOf(MeshRequest request)
    {
        if (_header is null || Fields.Find(request.Headers, _header, StringComparison.OrdinalIgnoreCase) is not { } session) return request.Key;
        return XxHash64.HashToUInt64(MemoryMarshal.AsBytes(session.AsSpan()));
    }
}
