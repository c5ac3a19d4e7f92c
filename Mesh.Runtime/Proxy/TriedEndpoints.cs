using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Mesh.Runtime.Proxy;

/// <summary>The endpoints that a request has tried, the latest few of them, without an allocation.</summary>
internal struct TriedEndpoints
{
    private const int Most = 8;
    private Slots _ids;
    private int _count;

    [InlineArray(Most)]
    private struct Slots
    {
        private int _first;
    }

    /// <summary>Endpoint ids, in the order in which they were tried.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<int> Ids => ((ReadOnlySpan<int>)_ids)[.._count];

    /// <summary>Remembers an endpoint; beyond eight the oldest is forgotten.</summary>
    public void Add(int endpoint)
    {
        Span<int> ids = _ids;
        if (_count < Most) _count++;
        else ids[1..].CopyTo(ids);
        ids[_count - 1] = endpoint;
    }
}
