namespace Mesh.Runtime.Model;

/// <summary>Active health checks of a service's endpoints.</summary>
public sealed record HealthCheckConfig;
