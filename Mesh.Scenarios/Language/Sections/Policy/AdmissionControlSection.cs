using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Envoy's admission control.</summary>
internal static class AdmissionControlSection
{
    /// <summary>Envoy's admission control.</summary>
    public static readonly Section<AdmissionControlConfig> AdmissionControl = new("admissionControl", "admission control such as {successThreshold: 95%}", () => new AdmissionControlConfig())
    {
    };
}
