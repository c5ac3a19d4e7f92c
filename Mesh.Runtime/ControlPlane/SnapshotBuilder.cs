using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane;

/// <summary>Desired policy and observed endpoints made into versioned snapshots. Pure: no clock, no actor. Services that did not change are shared between versions.</summary>
public sealed class SnapshotBuilder
{
    private readonly SortedDictionary<int, ServiceModel> _services = [];
    private readonly MeshConfig _config;

    /// <summary>A mesh of no services, version 0.</summary>
    /// <param name="config">The policy of every service.</param>
    public SnapshotBuilder(MeshConfig config)
    {
        _config = config;
        Current = MeshSnapshot.Empty;
    }

    /// <summary>The newest version.</summary>
    public MeshSnapshot Current { get; private set; }

    /// <summary>Takes over services' endpoints, all in one new version.</summary>
    public MeshSnapshot Apply(IEnumerable<ServiceEndpoints> changes)
    {
        foreach (var change in changes)
        {
            _services[change.ServiceId] = new ServiceModel
            {
                Id = change.ServiceId,
                Name = change.Service,
                Endpoints = [.. change.Endpoints.OrderBy(e => e.Id)],
                Policy = _services.GetValueOrDefault(change.ServiceId)?.Policy ?? ServicePolicy.From(_config.PolicyFor(change.Service)),
            };
        }
        return Current = new MeshSnapshot(Current.Version + 1, _services.Values);
    }
}

/// <summary>All endpoints that a service has now.</summary>
/// <param name="ServiceId">The service's id.</param>
/// <param name="Service">The service's name.</param>
/// <param name="Endpoints">Its endpoints; none is allowed.</param>
public sealed record ServiceEndpoints(int ServiceId, string Service, IReadOnlyList<Endpoint> Endpoints);
