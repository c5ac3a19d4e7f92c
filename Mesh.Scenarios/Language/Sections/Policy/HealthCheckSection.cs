using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Active health checks.</summary>
internal static class HealthCheckSection
{
    /// <summary>Active health checks.</summary>
    public static readonly Section<HealthCheckConfig> HealthCheck = new("healthCheck", "a health check such as {interval: 5s}", () => new HealthCheckConfig())
    {
    };
}
