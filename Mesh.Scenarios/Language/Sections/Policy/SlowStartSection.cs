using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Easing a newcomer in.</summary>
internal static class SlowStartSection
{
    /// <summary>Easing a newcomer in.</summary>
    public static readonly Section<SlowStartConfig> SlowStart = new("slowStart", "a slow start such as {window: 30s}", () => new SlowStartConfig { Window = TimeSpan.Zero })
    {
        { "window", Values.PositiveDuration, (slow, value) => slow with { Window = value }, "How long it takes until a replica that has joined or recovered has its full weight.", Presence.Required },
        { "minimum", Values.Percent, (slow, value) => slow with { Minimum = value }, "The least share of its weight that it has. Default 10%." },
        { "aggression", Values.Positive, (slow, value) => slow with { Aggression = value }, "The weight grows with (time / window) to the power of 1 / aggression. Default 1, in proportion." },
    };
}
