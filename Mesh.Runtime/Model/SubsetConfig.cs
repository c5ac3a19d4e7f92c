namespace Mesh.Runtime.Model;

/// <summary>A part of a service's endpoints, by labels.</summary>
public sealed record SubsetConfig;
