namespace Mesh.Runtime.Model;

/// <summary>Meshes whose behaviour without configuration can be put under a scenario.</summary>
public enum MeshProfile
{
    /// <summary>Envoy alone. <c>envoy</c></summary>
    Envoy,
    /// <summary>Istio. <c>istio</c></summary>
    Istio,
    /// <summary>Linkerd 2. <c>linkerd</c></summary>
    Linkerd,
    /// <summary>Consul Connect. <c>consul</c></summary>
    Consul,
    /// <summary>AWS App Mesh, whose support ended in 2026. <c>appMesh</c></summary>
    AppMesh,
    /// <summary>Kuma. <c>kuma</c></summary>
    Kuma,
}

/// <summary>What each mesh does when nothing is configured. <c>docs/policies/profiles.md</c> says which value was read in which source.</summary>
public static class MeshProfiles
{
    private static readonly LoadBalancerConfig RoundRobin = new() { Algorithm = LoadBalancerAlgorithm.RoundRobin };

    private static readonly LimitsConfig EnvoyLimits = new()
    {
        MaxConnections = 1024, MaxPendingRequests = 1024, MaxRequests = 1024, MaxRetries = 3, ConnectTimeout = TimeSpan.FromSeconds(5),
    };

    private static readonly PolicyConfig Envoy = new()
    {
        LoadBalancer = RoundRobin,
        Limits = EnvoyLimits,
        Timeout = TimeSpan.FromSeconds(15),
        PanicThreshold = 0.5,
        Mtls = MutualTlsMode.Disabled,
    };

    private static readonly PolicyConfig Istio = new()
    {
        LoadBalancer = new() { Algorithm = LoadBalancerAlgorithm.LeastRequest, Choices = 2 },
        Retries = new()
        {
            Attempts = 2,
            On = RetryOn.ConnectFailure | RetryOn.RefusedStream | RetryOn.GrpcUnavailable | RetryOn.GrpcCancelled,
            AvoidTried = 5,
        },
        Limits = new() { MaxPendingRequests = int.MaxValue, ConnectTimeout = TimeSpan.FromSeconds(10) },
        PanicThreshold = 0.5,
        Mtls = MutualTlsMode.Permissive,
    };

    private static readonly PolicyConfig Linkerd = new()
    {
        LoadBalancer = new() { Algorithm = LoadBalancerAlgorithm.PeakEwma, Decay = TimeSpan.FromSeconds(10), DefaultLatency = TimeSpan.FromMilliseconds(30) },
        Limits = new() { MaxRequests = 100_000, MaxPendingRequests = int.MaxValue, ConnectTimeout = TimeSpan.FromSeconds(1), IdleTimeout = TimeSpan.FromSeconds(3) },
        PanicThreshold = 0,
        Mtls = MutualTlsMode.Permissive,   // between its proxies always, and all-unauthenticated lets others in
    };

    private static readonly PolicyConfig AppMesh = new()
    {
        LoadBalancer = RoundRobin,
        Retries = new()
        {
            Attempts = 2,
            On = RetryOn.ConnectFailure | RetryOn.RefusedStream | RetryOn.GrpcUnavailable | RetryOn.StatusCodes,
            StatusCodes = [503],
            AvoidTried = 5,
        },
        Limits = new() { MaxPendingRequests = int.MaxValue, ConnectTimeout = TimeSpan.FromSeconds(5) },
        Timeout = TimeSpan.FromSeconds(15),
        PanicThreshold = 0.5,
        Mtls = MutualTlsMode.Disabled,
    };

    private static readonly PolicyConfig Kuma = Envoy with
    {
        Retries = new() { Attempts = 5, On = RetryOn.GatewayError | RetryOn.ConnectFailure | RetryOn.RefusedStream },
        PerTryTimeout = TimeSpan.FromSeconds(16),
    };

    // Consul always writes an empty outlier detection, and so switches Envoy's defaults on.
    private static readonly PolicyConfig Consul = Envoy with { OutlierDetection = new(), Mtls = MutualTlsMode.Strict };

    /// <summary>The policy that <paramref name="profile"/> means for every service of which nothing is said.</summary>
    public static PolicyConfig PolicyOf(MeshProfile profile) => PolicyOf(profile, new PolicyConfig());

    /// <summary>The policy that <paramref name="profile"/> means for a service.</summary>
    /// <param name="profile">The mesh.</param>
    /// <param name="written">What the user said: as soon as that has outlier detection, Istio switches the panic threshold off.</param>
    public static PolicyConfig PolicyOf(MeshProfile profile, PolicyConfig written) => profile switch
    {
        MeshProfile.Istio => written.OutlierDetection is null ? Istio : Istio with { PanicThreshold = 0 },
        MeshProfile.Linkerd => Linkerd,
        MeshProfile.Consul => Consul,
        MeshProfile.AppMesh => AppMesh,
        MeshProfile.Kuma => Kuma,
        _ => Envoy,
    };

    /// <summary>
    /// What the mesh makes of a policy, all layers put together. Limits that leave something open have the mesh's own there, as its own configuration would: Istio's connection pool
    /// without a connect time-out has 10 s. Istio forces detection by success rate off.
    /// </summary>
    internal static PolicyConfig Adapt(MeshProfile profile, PolicyConfig effective)
    {
        effective = effective with { Limits = effective.Limits!.Over(PolicyOf(profile).Limits!) };
        return profile == MeshProfile.Istio && effective.OutlierDetection is { } outliers
            ? effective with { OutlierDetection = outliers with { EnforcingSuccessRate = 0, EnforcingLocalOriginSuccessRate = 0 } }
            : effective;
    }
}
