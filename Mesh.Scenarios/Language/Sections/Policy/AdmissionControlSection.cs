using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Envoy's admission control.</summary>
internal static class AdmissionControlSection
{
    /// <summary>Envoy's admission control.</summary>
    public static readonly Section<AdmissionControlConfig> AdmissionControl = new Section<AdmissionControlConfig>(
        "admissionControl", "admission control such as {successThreshold: 95%}", () => new AdmissionControlConfig())
    {
        { "window", OverloadShapes.CountingWindow, (control, value) => control with { Window = value }, "The time over which success is counted, 1s or more. Default 30s." },
        { "successThreshold", Values.Percent, (control, value) => control with { SuccessThreshold = value }, "Share of successes, above 0%, below which requests are refused. Default 95%." },
        { "aggression", OverloadShapes.NumberFrom1, (control, value) => control with { Aggression = value }, "How soon refusals grow as success falls, 1 or more; 1 is linear. Default 1." },
        { "maxRejection", Values.Percent, (control, value) => control with { MaxRejection = value }, "Largest share of requests refused. Default 80%." },
        { "minRequestRate", Values.Count(0), (control, value) => control with { MinRequestRate = value }, "Requests a second, averaged over the window, below which none is refused; a whole number without a unit. Default 0." },
    }
    .Check(CheckThreshold);

    private static void CheckThreshold(AdmissionControlConfig control, YamlMap map, Reading reading)
    {
        if (control.SuccessThreshold <= 0) reading.Error(map.Find("successThreshold")!.Value, "success is never below 0%, so nothing would be refused; write a share above 0%, or leave 'admissionControl' out.");
    }
}
