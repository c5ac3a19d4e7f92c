namespace Mesh.Runtime.Model;

/// <summary>A part of a service's endpoints, by labels (Istio's <c>subsets</c> of a destination rule).</summary>
public sealed record SubsetConfig
{
    /// <summary>The name under which an endpoint's version can be asked for, unless it has such a label itself.</summary>
    public const string VersionLabel = "version";

    /// <summary>The labels that an endpoint of the subset has, all of them.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}
