using System.Runtime.CompilerServices;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>What one proxy knows about one endpoint: at most 64 bytes, and made only when the proxy first talks to it, or weighs its latency.</summary>
public struct EndpointState
{
    /// <summary>Attempts in progress.</summary>
    public int InFlight;

    /// <summary>The moving average of latency, in ticks; meaningless before <see cref="Sampled"/>.</summary>
    public double Latency;

    /// <summary>When <see cref="Latency"/> was last brought up to date, in ticks.</summary>
    public long Updated;

    /// <summary>Whether <see cref="Latency"/> holds anything.</summary>
    public bool Sampled;

    /// <summary>Whether anything is known about it.</summary>
    internal bool Known;

    /// <summary>Whether it has left the mesh, and is remembered for its attempts in progress only.</summary>
    internal bool Leaving;

    /// <summary>Connections to it, once there was one.</summary>
    internal Connections.EndpointConnections? Connections;

    /// <summary>Its health, where a policy minds; <c>null</c> is healthy.</summary>
    internal EndpointHealth? Health;
}

/// <summary>
/// A proxy's knowledge of a service's endpoints, by endpoint id. Sparse: an endpoint never met costs nothing and counts as idle.
/// It outlives snapshots; an endpoint that left is forgotten once its last attempt has ended.
/// </summary>
/// <remarks>The states stand in pages of eight, which are found by the id alone: every pick looks several of them up, and a hash would be most of its time. Ids of a service lie close together.</remarks>
public sealed class EndpointStates
{
    private const int PageBits = 3;
    private const int PageSize = 1 << PageBits;

    private EndpointState[]?[] _pages = [];
    private int _firstPage;

    /// <summary>How many endpoints are known.</summary>
    public int Count { get; private set; }

    /// <summary>Pages that are held, known or not, for tests.</summary>
    internal int Pages => _pages.Length;

    /// <summary>Attempts in progress at all of the service's endpoints.</summary>
    public int TotalInFlight { get; private set; }

    /// <summary>Counts one more attempt at an endpoint.</summary>
    internal void Enter(int endpoint)
    {
        GetOrAdd(endpoint).InFlight++;
        TotalInFlight++;
    }

    /// <summary>Counts one less.</summary>
    internal ref EndpointState Leave(int endpoint)
    {
        ref var state = ref GetOrAdd(endpoint);
        state.InFlight--;
        TotalInFlight--;
        return ref state;
    }

    /// <summary>Attempts in progress at an endpoint.</summary>
    public int InFlight(int endpoint)
    {
        var page = Page(endpoint);
        return page is null ? 0 : page[endpoint & (PageSize - 1)].InFlight;
    }

    /// <summary>Grows with every change of any endpoint's health, so that candidate lists know when they are out of date.</summary>
    internal int HealthVersion { get; private set; }

    /// <summary>An endpoint's health changed.</summary>
    internal void HealthChanged() => HealthVersion++;

    /// <summary>The endpoint's health, or <c>null</c> where nothing is known against it.</summary>
    internal EndpointHealth? FindHealth(int endpoint) => Page(endpoint)?[endpoint & (PageSize - 1)].Health;

    /// <summary>The endpoint's health, made when it is new.</summary>
    internal EndpointHealth Health(int endpoint) => GetOrAdd(endpoint).Health ??= new EndpointHealth();

    /// <summary>The endpoint's state, made when it is new. The reference is good until the endpoint is forgotten.</summary>
    public ref EndpointState GetOrAdd(int endpoint)
    {
        ref var state = ref (Page(endpoint) ?? AddPage(endpoint))[endpoint & (PageSize - 1)];
        if (state.Known) return ref state;
        state.Known = true;
        Count++;
        return ref state;
    }

    /// <summary>Forgets the endpoints that are no longer in the mesh; one with attempts in progress is left to <see cref="Forget"/>.</summary>
    /// <returns>How many idle connections that closes.</returns>
    internal int Retain(IReadOnlySet<int> members)
    {
        int closed = 0;
        for (int i = 0; i < _pages.Length * PageSize; i++)
        {
            int id = _firstPage * PageSize + i;
            if (_pages[i >> PageBits] is not { } page || !page[i & (PageSize - 1)].Known) continue;
            ref var state = ref page[i & (PageSize - 1)];
            state.Leaving = !members.Contains(id);
            if (state is { Leaving: true, InFlight: 0 }) closed += Forget(id);
        }
        Compact();
        return closed;
    }

    /// <summary>Forgets an endpoint with nothing in progress.</summary>
    /// <returns>How many idle connections that closes.</returns>
    internal int Forget(int endpoint)
    {
        if (Page(endpoint) is not { } page || !page[endpoint & (PageSize - 1)].Known) return 0;
        ref var state = ref page[endpoint & (PageSize - 1)];
        int open = state.Connections?.Open ?? 0;
        state = default;
        Count--;
        return open;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private EndpointState[]? Page(int endpoint)
    {
        int page = (endpoint >> PageBits) - _firstPage;
        return (uint)page < (uint)_pages.Length ? _pages[page] : null;
    }

    /// <summary>Gives pages back on which nothing is known any more: ids of a mesh that changes move on.</summary>
    private void Compact()
    {
        for (int i = 0; i < _pages.Length; i++)
        {
            if (_pages[i] is { } page && !Array.Exists(page, static state => state.Known)) _pages[i] = null;
        }
        int first = Array.FindIndex(_pages, static page => page is not null), end = Array.FindLastIndex(_pages, static page => page is not null) + 1;
        if (end == 0) _pages = [];
        else if (end - first < _pages.Length) (_pages, _firstPage) = (_pages[first..end], _firstPage + first);
    }

    private EndpointState[] AddPage(int endpoint)
    {
        int page = endpoint >> PageBits;
        if (_pages.Length == 0) _firstPage = page;
        int first = Math.Min(_firstPage, page), count = Math.Max(_firstPage + _pages.Length, page + 1) - first;
        if (count > _pages.Length)
        {
            var pages = new EndpointState[]?[count];
            _pages.CopyTo(pages, _firstPage - first);
            (_pages, _firstPage) = (pages, first);
        }
        return _pages[page - first] ??= new EndpointState[PageSize];
    }
}
