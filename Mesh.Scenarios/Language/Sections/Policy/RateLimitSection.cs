using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Token buckets.</summary>
internal static class RateLimitSection
{
    /// <summary>Token buckets.</summary>
    public static readonly Section<RateLimitConfig> RateLimit = new("rateLimit", "a rate limit such as {rate: 100/s}", () => new RateLimitConfig())
    {
    };
}
