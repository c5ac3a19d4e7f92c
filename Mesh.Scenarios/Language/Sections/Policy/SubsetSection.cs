using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>A named part of the endpoints.</summary>
internal static class SubsetSection
{
    /// <summary>A named part of the endpoints.</summary>
    public static readonly Section<SubsetConfig> Subset = new("subset", "a subset such as {labels: {tier: gold}}", () => new SubsetConfig())
    {
    };
}
