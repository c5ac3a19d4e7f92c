using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>A named part of the endpoints.</summary>
internal static class SubsetSection
{
    /// <summary>A named part of the endpoints.</summary>
    public static readonly Section<SubsetConfig> Subset = new("subset", "a subset such as {labels: {tier: gold}}", () => new SubsetConfig())
    {
        { "labels", new TableShape<string>("labels such as {tier: gold}", Values.Name, Values.Text), (subset, value) => subset with { Labels = value },
            "The labels that a replica of the subset has, all of them; 'version' is its version.", Presence.Required },
    };
}
