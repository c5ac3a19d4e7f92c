namespace Mesh.Runtime.Model;

/// <summary>Token buckets of one callee's sidecar.</summary>
public sealed record RateLimitConfig;
