using Mesh.Runtime.Model;

namespace Mesh.Runtime.RateLimiting;

/// <summary>Who counts for all replicas of a service.</summary>
internal interface IGlobalLimits
{
    /// <summary>Asks for a request's tokens. Never throws.</summary>
    /// <param name="uses">What it takes of.</param>
    /// <param name="timeout">How long the answer may take.</param>
    /// <returns>The decision; <c>null</c> where none came in time.</returns>
    ValueTask<RateLimitDecision?> AskAsync(ValueList<LimitUse> uses, TimeSpan timeout);
}
