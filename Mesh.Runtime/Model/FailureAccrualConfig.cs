namespace Mesh.Runtime.Model;

/// <summary>Linkerd's endpoint breaker, per proxy and endpoint.</summary>
public sealed record FailureAccrualConfig;
