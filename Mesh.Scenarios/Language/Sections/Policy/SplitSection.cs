using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Shares by version.</summary>
internal static class SplitSection
{
    /// <summary>Shares by version.</summary>
    public static readonly Section<SplitConfig> Split = new("split", "a split such as {v1: 95, v2: 5}", () => new SplitConfig())
    {
    };
}
