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
    }

    /// <summary>A proxy's snapshot before the control plane has sent it one: no service is known.</summary>
    public static MeshSnapshot Empty { get; } = new(0, []);

    /// <summary>Grows by one with every change.</summary>
    public long Version { get; }

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
}

/// <summary>Policy of calls to one service with every default resolved. Compared by value, so that an unchanged policy keeps its state.</summary>
public sealed record ServicePolicy
{
    /// <summary>How an endpoint is picked.</summary>
    public LoadBalancerConfig LoadBalancer { get; init; } = new();

    /// <summary>Total time in ticks; 0 is no limit.</summary>
    public long Timeout { get; init; }

    /// <summary>Time of an attempt until its headers, in ticks; 0 is no limit.</summary>
    public long PerTryTimeout { get; init; }

    /// <summary>Retries, or <c>null</c> for none.</summary>
    public RetryConfig? Retries { get; init; }

    /// <summary>The breaker, or <c>null</c> for none.</summary>
    public CircuitBreakerConfig? CircuitBreaker { get; init; }

    /// <summary>Caps on requests and connections.</summary>
    public LimitsConfig Limits { get; init; } = new();

    /// <summary>The policy that <paramref name="config"/> means.</summary>
    public static ServicePolicy From(PolicyConfig config) => new()
    {
        LoadBalancer = config.LoadBalancer ?? new(),
        Timeout = config.Timeout?.Ticks ?? 0,
        PerTryTimeout = config.PerTryTimeout?.Ticks ?? 0,
        Retries = config.Retries is { Attempts: > 0, On: not RetryOn.None } retries ? retries : null,
        CircuitBreaker = config.CircuitBreaker,
        Limits = config.Limits ?? new(),
    };
}
