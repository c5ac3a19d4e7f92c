using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Envoy's ejection of endpoints.</summary>
internal static class OutlierDetectionSection
{
    /// <summary>Envoy's ejection of endpoints.</summary>
    public static readonly Section<OutlierDetectionConfig> OutlierDetection = new("outlierDetection", "outlier detection such as {consecutive5xx: 5}", () => new OutlierDetectionConfig())
    {
    };
}
