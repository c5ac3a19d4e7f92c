using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Transport.Messages;

/// <summary>
/// The endpoints that the sidecars of this process have been told of, under its own ids: an address and an identity have the same id for as long as any sidecar knows them, and again
/// when they come back. Safe to share by sidecars.
/// </summary>
/// <param name="directory">Where they are entered.</param>
internal sealed class NodeEndpoints(MeshDirectory directory)
{
    private readonly Dictionary<EndpointKey, (int Id, int Holders)> _held = [];
    private readonly Lock _lock = new();

    /// <summary>A sidecar has been told of an endpoint.</summary>
    /// <returns>The endpoint under its id here.</returns>
    public Endpoint Hold(Endpoint endpoint)
    {
        lock (_lock)
        {
            var key = KeyOf(endpoint);
            if (_held.TryGetValue(key, out var held))
            {
                _held[key] = (held.Id, held.Holders + 1);
                return endpoint with { Id = held.Id };
            }
            var added = directory.AddEndpoint(key, id => endpoint with { Id = id });
            _held.Add(key, (added.Id, 1));
            return added;
        }
    }

    /// <summary>A sidecar is told of an endpoint no more.</summary>
    public void Release(Endpoint endpoint)
    {
        lock (_lock)
        {
            var key = KeyOf(endpoint);
            var (id, holders) = _held[key];
            if (holders > 1)
            {
                _held[key] = (id, holders - 1);
                return;
            }
            _held.Remove(key);
            directory.EndpointLeft(key);
        }
    }

    /// <summary>An endpoint without an address goes by its name.</summary>
    private static EndpointKey KeyOf(Endpoint endpoint) => new(endpoint.Service, endpoint.Address ?? new EndpointAddress(endpoint.Name, 0), endpoint.Identity);
}
