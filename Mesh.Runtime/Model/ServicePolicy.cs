using Mesh.Runtime.Proxy;
using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Model;

/// <summary>
/// Policy of calls to one service with every default resolved: what holds for the service as a whole, and its routes.
/// A policy that did not change is the same object in every snapshot, and keeps its state.
/// </summary>
public sealed class ServicePolicy
{
    private ServicePolicy(PolicyConfig config)
    {
        Config = config;
        LoadBalancer = config.LoadBalancer ?? new();
        PanicThreshold = config.PanicThreshold ?? 0.5;
        Limits = config.Limits ?? new();
        Mtls = config.Mtls ?? MutualTlsMode.Permissive;
        Routes = RouteTable.From(config);
    }

    /// <summary>The policy as it was written, all layers put together.</summary>
    public PolicyConfig Config { get; }

    /// <summary>How an endpoint is picked.</summary>
    public LoadBalancerConfig LoadBalancer { get; }

    /// <summary>Share of healthy endpoints, 0 to 1, below which health is ignored.</summary>
    public double PanicThreshold { get; }

    /// <summary>Caps on requests and connections.</summary>
    public LimitsConfig Limits { get; }

    /// <summary>Whether the service's sidecars speak mutual TLS.</summary>
    public MutualTlsMode Mtls { get; }

    /// <summary>The routes, best match first; the last matches everything.</summary>
    internal RouteTable Routes { get; }

    /// <summary>What holds for one request: the policy of the route that takes it, over the service's.</summary>
    public PolicyConfig ConfigFor(MeshRequest request) => Routes.Match(request).Config;

    /// <summary>The policy that <paramref name="config"/> means.</summary>
    public static ServicePolicy From(PolicyConfig config) => new(config);
}
