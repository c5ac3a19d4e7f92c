namespace Mesh.Runtime.ControlPlane.Discovery.Kubernetes;

/// <summary>Which cluster, and what of it.</summary>
public sealed record KubernetesOptions
{
    /// <summary>The provider's name. Default <c>kubernetes</c>.</summary>
    public string Source { get; init; } = "kubernetes";

    /// <summary>The API server's address; <c>null</c>: from <see cref="KubeConfigFile"/>, else the pod's own cluster, else the user's kubeconfig.</summary>
    public Uri? Server { get; init; }

    /// <summary>The bearer token that goes with <see cref="Server"/>; <c>null</c> for none.</summary>
    public KubernetesToken? Token { get; init; }

    /// <summary>The certificates in PEM that those of <see cref="Server"/> must come from; <c>null</c> is the system's trust.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>A kubeconfig.</summary>
    public string? KubeConfigFile { get; init; }

    /// <summary>The namespace whose services are taken under their own names; <c>null</c>: all namespaces', under <c>SERVICE.NAMESPACE</c>.</summary>
    public string? Namespace { get; init; }

    /// <summary>Takes only the slices with these labels, in Kubernetes' notation; <c>null</c>: all.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Which of a service's ports is taken, by its name; <c>null</c>: the first.</summary>
    public string? PortName { get; init; }

    /// <summary>The label of a slice that tells its endpoints' version. Default <c>app.kubernetes.io/version</c>, which the slice has from its service.</summary>
    public string VersionLabel { get; init; } = "app.kubernetes.io/version";

    /// <summary>How long one request may take, watches apart. Default 10 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the server is asked to keep a watch open. One that is silent for half as long again is taken for dead. Default 5 min.</summary>
    public TimeSpan WatchTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Slices a page of the list. Default 500.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Waits between connections.</summary>
    public ReconnectOptions Reconnect { get; init; } = new();
}

/// <summary>A bearer token. Its text does not show it.</summary>
/// <param name="Value">The token.</param>
public sealed record KubernetesToken(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => "token";
}
