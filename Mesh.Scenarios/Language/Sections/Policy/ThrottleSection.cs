using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Client-side throttling.</summary>
internal static class ThrottleSection
{
    /// <summary>Client-side throttling.</summary>
    public static readonly Section<ThrottleConfig> Throttle = new("throttle", "a throttle such as {k: 2}", () => new ThrottleConfig())
    {
    };
}
