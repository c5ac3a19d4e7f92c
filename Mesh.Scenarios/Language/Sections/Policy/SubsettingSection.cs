using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>How many of the endpoints a proxy uses.</summary>
internal static class SubsettingSection
{
    private static readonly Shape<int> Size = Values.Count(1);

    private static readonly Section<SubsettingConfig> LongSubsetting = new("subsetting", "subsetting such as {size: 20, algorithm: ring}", () => new SubsettingConfig { Size = 1 })
    {
        { "size", Size, (subsetting, value) => subsetting with { Size = value }, "Replicas that each proxy uses at least.", Presence.Required },
        { "algorithm", Values.Choice<SubsettingAlgorithm>("a way of subsetting"), (subsetting, value) => subsetting with { Algorithm = value },
            "shuffle (Google's deterministic subsetting) or ring (Twitter's deterministic aperture). Default shuffle." },
    };

    /// <summary>A number, or a mapping.</summary>
    public static readonly Shape<SubsettingConfig> Subsetting = new EitherShape<SubsettingConfig>(
        Size.Then((size, _, _) => new SubsettingConfig { Size = size }), LongSubsetting);
}
