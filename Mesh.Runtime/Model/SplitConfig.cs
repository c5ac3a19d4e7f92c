namespace Mesh.Runtime.Model;

/// <summary>Shares of the requests by version or subset.</summary>
public sealed record SplitConfig;
