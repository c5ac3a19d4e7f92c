using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Mesh.Runtime.Proxy;

/// <summary>The endpoints that a request has tried, the latest few of them, without an allocation.</summary>
internal struct TriedEndpoints
{
    private Slots _ids;
    private int _count;

    [InlineArray(8)]
    private struct Slots
    {
        private int _first;
    }

    /// <summary>Endpoint ids, in no order.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<int> Ids => ((ReadOnlySpan<int>)_ids)[..Math.Min(_count, 8)];

    /// <summary>Remembers an endpoint; beyond eight the oldest is forgotten.</summary>
    public void Add(int endpoint) => _ids[_count++ & 7] = endpoint;
}
