using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>A second attempt beside a slow one.</summary>
internal static class HedgeSection
{
    /// <summary>A second attempt beside a slow one.</summary>
    public static readonly Section<HedgeConfig> Hedge = new("hedge", "hedging such as {delay: 50ms}", () => new HedgeConfig())
    {
    };
}
