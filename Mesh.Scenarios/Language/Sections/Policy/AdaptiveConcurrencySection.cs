using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>A concurrency limit that finds itself.</summary>
internal static class AdaptiveConcurrencySection
{
    /// <summary>A concurrency limit that finds itself.</summary>
    public static readonly Section<AdaptiveConcurrencyConfig> AdaptiveConcurrency = new("adaptiveConcurrency", "adaptive concurrency such as {algorithm: gradient}", () => new AdaptiveConcurrencyConfig())
    {
    };
}
