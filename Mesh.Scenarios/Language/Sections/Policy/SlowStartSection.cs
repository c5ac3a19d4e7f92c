using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Easing a newcomer in.</summary>
internal static class SlowStartSection
{
    /// <summary>Easing a newcomer in.</summary>
    public static readonly Section<SlowStartConfig> SlowStart = new("slowStart", "a slow start such as {window: 30s}", () => new SlowStartConfig())
    {
    };
}
