namespace Mesh.Runtime.Model;

/// <summary>A concurrency limit that the callee's sidecar finds by itself.</summary>
public sealed record AdaptiveConcurrencyConfig;
