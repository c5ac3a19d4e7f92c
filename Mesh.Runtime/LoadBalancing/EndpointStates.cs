using System.Runtime.InteropServices;

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
public sealed class EndpointStates
{
    private readonly Dictionary<int, EndpointState> _states = [];

    /// <summary>How many endpoints are known.</summary>
    public int Count => _states.Count;

    /// <summary>Attempts in progress at all of the service's endpoints.</summary>
    public int TotalInFlight { get; private set; }

    /// <summary>Counts one more attempt at an endpoint.</summary>
    internal void Enter(int endpoint)
    {
        GetOrAdd(endpoint).InFlight++;
        TotalInFlight++;
    }

    /// <summary>Counts one less. The reference is good until the next call.</summary>
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
        ref var state = ref CollectionsMarshal.GetValueRefOrNullRef(_states, endpoint);
        return System.Runtime.CompilerServices.Unsafe.IsNullRef(ref state) ? 0 : state.InFlight;
    }

    /// <summary>Grows with every change of any endpoint's health, so that candidate lists know when they are out of date.</summary>
    internal int HealthVersion { get; private set; }

    /// <summary>An endpoint's health changed.</summary>
    internal void HealthChanged() => HealthVersion++;

    /// <summary>The endpoint's health, or <c>null</c> where nothing is known against it.</summary>
    internal EndpointHealth? FindHealth(int endpoint)
    {
        ref var state = ref CollectionsMarshal.GetValueRefOrNullRef(_states, endpoint);
        return System.Runtime.CompilerServices.Unsafe.IsNullRef(ref state) ? null : state.Health;
    }

    /// <summary>The endpoint's health, made when it is new.</summary>
    internal EndpointHealth Health(int endpoint) => GetOrAdd(endpoint).Health ??= new EndpointHealth();

    /// <summary>The endpoint's state, made when it is new. The reference is good until the next call.</summary>
    public ref EndpointState GetOrAdd(int endpoint) => ref CollectionsMarshal.GetValueRefOrAddDefault(_states, endpoint, out _)!;

    /// <summary>Forgets the endpoints that are no longer in the mesh; one with attempts in progress is left to <see cref="Forget"/>.</summary>
    /// <returns>How many idle connections that closes.</returns>
    internal int Retain(IReadOnlySet<int> members)
    {
        int closed = 0;
        foreach (int id in _states.Keys)
        {
            ref var state = ref GetOrAdd(id);
            state.Leaving = !members.Contains(id);
            if (state is { Leaving: true, InFlight: 0 }) closed += Forget(id);
        }
        return closed;
    }

    /// <summary>Forgets an endpoint with nothing in progress.</summary>
    /// <returns>How many idle connections that closes.</returns>
    internal int Forget(int endpoint) => _states.Remove(endpoint, out var state) ? state.Connections?.Open ?? 0 : 0;
}
