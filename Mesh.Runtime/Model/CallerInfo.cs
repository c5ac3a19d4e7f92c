namespace Mesh.Runtime.Model;

/// <summary>The workload that a proxy sends requests for, as its own routes may ask for it.</summary>
public sealed record CallerInfo
{
    /// <summary>Nobody that the mesh knows.</summary>
    public static CallerInfo Unknown { get; } = new();

    /// <summary>Its service, or <c>ingress</c>.</summary>
    public string Service { get; init; } = "";

    /// <summary>Its namespace. Default <c>default</c>.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>Its labels.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];
}
