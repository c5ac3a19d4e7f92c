namespace Mesh.Runtime.Telemetry.Metrics;

/// <summary>Every metric that <c>/metrics</c> can have: what the documentation lists, and what dashboards may ask for.</summary>
internal static class MetricCatalog
{
    public static IReadOnlyList<MetricDescription> All { get; } = [.. IstioMetrics.All, .. MeshMetrics.All, .. AgentMetrics.All, .. DropMetrics.All];
}
