namespace Mesh.Runtime.Model;

/// <summary>A second attempt beside a slow first one.</summary>
public sealed record HedgeConfig;
