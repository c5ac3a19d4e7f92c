using Mesh.Runtime.Connections;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Proxy;

/// <summary>Plain TCP connections: each counts at its endpoint, as a request does, from the pick to its end.</summary>
internal sealed partial class ServiceState
{
    /// <summary>Picks an endpoint for a connection, and counts the connection there.</summary>
    /// <param name="message">The connection, as policies see it.</param>
    /// <param name="subset">The version or subset that it goes to; <c>null</c> for any.</param>
    /// <param name="tried">Endpoints that could not be reached.</param>
    /// <param name="attempt">The try's number, from 0.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="selection">The pick.</param>
    public TcpAdmission TryOpen(MeshRequest message, string? subset, ReadOnlySpan<int> tried, int attempt, long now, out Selection selection)
    {
        selection = default;
        lock (_lock)
        {
            // As in Envoy's TCP proxy the cap is hard: waiting for a connection to come free would have no end.
            if (!_limits.CanOpen) return TcpAdmission.Overflow;
            Health?.Advance(now);
            ulong? hash = AffinityHash.Of(_model.Policy.LoadBalancer.HashOn, message, _pipeline.ProxyId);
            var draws = new DrawSequence(_pipeline.Plane.Random, Concern.LoadBalancing, message.Key, attempt);
            var request = new SelectionRequest
            {
                Now = now, Key = message.Key, Attempt = attempt, Hash = hash ?? 0, HasHash = hash.HasValue, Subset = subset, Tried = tried, Repicks = tried.Length == 0 ? 0 : MostRepicks,
            };
            if (!_selector.TryPick(in request, ref draws, out selection)) return TcpAdmission.NoEndpoint;
            int endpoint = selection.Endpoint.Id;
            _endpoints.Enter(endpoint);
            Health?.Picked(endpoint, now);
            _limits.Open(_endpoints.GetOrAdd(endpoint).Connections ??= new EndpointConnections());
            return TcpAdmission.Opens;
        }
    }

    /// <summary>A connection is open, or could not be opened: health and balancer hear of it now, and of nothing later, as Envoy's do.</summary>
    /// <param name="selection">The pick.</param>
    /// <param name="sample">How opening it went.</param>
    public void Opened(in Selection selection, in AttemptSample sample)
    {
        lock (_lock)
        {
            ref var state = ref _endpoints.GetOrAdd(selection.Endpoint.Id);
            selection.Balancer.Ended(selection.Endpoint.Id, ref state, sample);
            if (!state.Leaving) Health?.Ended(selection.Endpoint.Id, sample, sent: true);
        }
    }

    /// <summary>A connection is over, whether it was ever open or not.</summary>
    public void Closed(in Selection selection)
    {
        lock (_lock)
        {
            int endpoint = selection.Endpoint.Id;
            ref var state = ref _endpoints.Leave(endpoint);
            selection.Balancer.Released(endpoint, state.InFlight);
            _limits.Close(state.Connections!);
            if (state is { Leaving: true, InFlight: 0 }) _limits.CloseIdle(_endpoints.Forget(endpoint));
        }
    }

    private const int MostRepicks = 5;
}

/// <summary>Whether a connection may be opened.</summary>
internal enum TcpAdmission
{
    /// <summary>It may.</summary>
    Opens,

    /// <summary>There are as many as <c>maxConnections</c> allows: <c>UO</c>.</summary>
    Overflow,

    /// <summary>The service has no endpoint: <c>UH</c>.</summary>
    NoEndpoint,
}
