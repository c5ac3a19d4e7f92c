using Mesh.Runtime.ControlPlane;

namespace Mesh.Runtime.Model;

/// <summary>
/// Everything a proxy needs to know to send requests: services, their endpoints and the policy of calls to them.
/// Immutable, shared by all proxies that hold the same version, and swapped whole.
/// </summary>
public sealed class MeshSnapshot
{
    private readonly ServiceModel?[] _services;

    /// <summary>Version <paramref name="version"/> with these services.</summary>
    public MeshSnapshot(long version, IReadOnlyCollection<ServiceModel> services)
    {
        Version = version;
        _services = new ServiceModel?[services.Count == 0 ? 0 : services.Max(s => s.Id) + 1];
        foreach (var service in services) _services[service.Id] = service;
        IsAfflicted = services.Any(s => s.Faults.Count > 0);
        Checked = [.. services.Where(s => s.Policy.Config.HealthCheck is not null).OrderBy(s => s.Id)];
    }

    /// <summary>A proxy's snapshot before the control plane has sent it one: no service is known.</summary>
    public static MeshSnapshot Empty { get; } = new(0, []);

    /// <summary>Grows by one with every change.</summary>
    public long Version { get; }

    /// <summary>The services whose endpoints every proxy checks, in order of their ids.</summary>
    internal IReadOnlyList<ServiceModel> Checked { get; }

    /// <summary>Whether it has a fault.</summary>
    internal bool IsAfflicted { get; }

    /// <summary>The services, in order of their ids.</summary>
    internal IEnumerable<ServiceModel> Services => _services.OfType<ServiceModel>();

    /// <summary>The service with this id, or <c>null</c> where the mesh knows none.</summary>
    public ServiceModel? Find(int serviceId) => (uint)serviceId < (uint)_services.Length ? _services[serviceId] : null;
}

/// <summary>A service as proxies see it.</summary>
public sealed class ServiceModel
{
    /// <summary>Its index in <see cref="MeshDirectory.Services"/>.</summary>
    public required int Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its endpoints, in order of their ids. Never changed in place.</summary>
    public required Endpoint[] Endpoints { get; init; }

    /// <summary>The policy of calls to it.</summary>
    public required ServicePolicy Policy { get; init; }

    /// <summary>The control plane's faults of calls to it, oldest first, each with its end by the clock of whoever holds the model. Never changed in place. Default none.</summary>
    public IReadOnlyList<LeasedFault> Faults { get; init; } = [];
}
