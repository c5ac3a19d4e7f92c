using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Refusal by priority.</summary>
internal static class LoadSheddingSection
{
    /// <summary>Refusal by priority.</summary>
    public static readonly Section<LoadSheddingConfig> LoadShedding = new("loadShedding", "load shedding such as {maxRequests: 100}", () => new LoadSheddingConfig())
    {
    };
}
