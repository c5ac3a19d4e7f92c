namespace Mesh.Runtime.Model;

/// <summary>Refusal by priority when the callee's sidecar is full.</summary>
public sealed record LoadSheddingConfig;
