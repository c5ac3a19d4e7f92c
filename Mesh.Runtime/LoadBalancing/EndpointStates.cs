using System.Runtime.InteropServices;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>What one proxy knows about one endpoint: at most 64 bytes, and made only when the proxy first talks to it.</summary>
internal struct EndpointState
{
    /// <summary>Attempts in progress.</summary>
    public int InFlight;

    /// <summary>The moving average of latency, in ticks; meaningless before <see cref="Sampled"/>.</summary>
    public double Latency;

    /// <summary>When <see cref="Latency"/> was last brought up to date, in ticks.</summary>
    public long Updated;

    /// <summary>Whether <see cref="Latency"/> holds anything.</summary>
    public bool Sampled;

    /// <summary>Connections to it, once there was one.</summary>
    public Connections.EndpointConnections? Connections;
}

/// <summary>
/// A proxy's knowledge of a service's endpoints, by endpoint id. Sparse: an endpoint never talked to costs nothing and counts as idle.
/// It outlives snapshots; an endpoint that left is forgotten once its last attempt has ended.
/// </summary>
internal sealed class EndpointStates
{
    private readonly Dictionary<int, EndpointState> _states = [];

    /// <summary>How many endpoints are known.</summary>
    public int Count => _states.Count;

    /// <summary>Attempts in progress at an endpoint.</summary>
    public int InFlight(int endpoint)
    {
        ref var state = ref CollectionsMarshal.GetValueRefOrNullRef(_states, endpoint);
        return System.Runtime.CompilerServices.Unsafe.IsNullRef(ref state) ? 0 : state.InFlight;
    }

    /// <summary>The endpoint's state, made when it is new. The reference is good until the next call.</summary>
    public ref EndpointState GetOrAdd(int endpoint) => ref CollectionsMarshal.GetValueRefOrAddDefault(_states, endpoint, out _)!;

    /// <summary>The endpoint's state; a null reference where nothing is known.</summary>
    public ref EndpointState Find(int endpoint) => ref CollectionsMarshal.GetValueRefOrNullRef(_states, endpoint);

    /// <summary>Forgets the endpoints that are no longer in the mesh and have nothing in progress.</summary>
    public void Retain(IReadOnlySet<int> members)
    {
        List<int>? gone = null;
        foreach (var (id, state) in _states)
            if (state.InFlight == 0 && !members.Contains(id)) (gone ??= []).Add(id);
        if (gone is null) return;
        foreach (int id in gone) _states.Remove(id);
    }
}
