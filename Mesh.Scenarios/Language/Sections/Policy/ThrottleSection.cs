using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Client-side throttling.</summary>
internal static class ThrottleSection
{
    /// <summary>Client-side throttling.</summary>
    public static readonly Section<ThrottleConfig> Throttle = new("throttle", "a throttle such as {k: 2}", () => new ThrottleConfig())
    {
        { "k", OverloadShapes.NumberFrom1, (throttle, value) => throttle with { K = value }, "How many times what the callee accepts may be sent, 1 or more. Default 2." },
        { "window", OverloadShapes.CountingWindow, (throttle, value) => throttle with { Window = value }, "The time over which requests and accepts are counted, 1s or more. Default 2m." },
    };
}
