namespace Mesh.Runtime.Model;

/// <summary>How an endpoint that has just joined is eased in.</summary>
public sealed record SlowStartConfig;
