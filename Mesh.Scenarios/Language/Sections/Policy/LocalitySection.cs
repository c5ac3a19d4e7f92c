using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Where picks may go.</summary>
internal static class LocalitySection
{
    /// <summary>Where picks may go.</summary>
    public static readonly Section<LocalityConfig> Locality = new("locality", "a locality policy such as {zoneAware: true}", () => new LocalityConfig())
    {
    };
}
