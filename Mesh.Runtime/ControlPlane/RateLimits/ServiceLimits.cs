using Mesh.Runtime.Model;
using Mesh.Runtime.RateLimiting;

namespace Mesh.Runtime.ControlPlane.RateLimits;

/// <summary>
/// The tokens of the global rate limits of all services: for each the same buckets that a sidecar has for a local limit. Of a descriptor's values <see cref="RateLimitConfig.MaxDynamicDescriptors"/> are
/// remembered, and the one longest unused is forgotten first. No clock and no actor.
/// </summary>
/// <param name="mesh">The policy of every service.</param>
internal sealed class ServiceLimits(MeshConfig mesh)
{
    /// <summary>Most services with a limit; one more, and all begin anew with full buckets. No configuration has as many: it bounds what names nobody configured can cost.</summary>
    public const int MaxServices = 10_000;

    private readonly Dictionary<string, RateLimiter?> _limiters = new(StringComparer.Ordinal);
    private MeshConfig _mesh = mesh;

    /// <summary>Takes over the policy. A limit that is another than before begins with full buckets; the others go on.</summary>
    public void Configure(MeshConfig mesh)
    {
        _mesh = mesh;
        foreach (var (service, limiter) in _limiters)
            if (!IsSame(limiter?.Config, LimitOf(service))) _limiters.Remove(service);
    }

    /// <summary>Takes tokens for requests that take of the same buckets.</summary>
    /// <param name="service">The service that they met.</param>
    /// <param name="hits">The requests.</param>
    /// <param name="now">The time in ticks.</param>
    public LimitGrant Take(string service, LimitHits hits, long now)
    {
        if (LimiterOf(service, now) is not { } limiter) return new LimitGrant(hits.Count, 0);
        for (int granted = 0; granted < hits.Count; granted++)
            if (limiter.Take(hits.Uses, now) is { Allowed: false } refused) return new LimitGrant(granted, refused.RetryAfter);
        return new LimitGrant(hits.Count, 0);
    }

    private RateLimiter? LimiterOf(string service, long now)
    {
        if (_limiters.TryGetValue(service, out var limiter)) return limiter;
        if (_limiters.Count >= MaxServices) _limiters.Clear();
        return _limiters[service] = LimitOf(service) is { } limit ? new RateLimiter(limit, now) : null;
    }

    private RateLimitConfig? LimitOf(string service) => _mesh.PolicyFor(service).RateLimit is { Global: true } limit ? limit : null;

    private static bool IsSame(RateLimitConfig? one, RateLimitConfig? other) =>
        one is null || other is null ? ReferenceEquals(one, other) : (one with { Per = other.Per }) == other && one.Per.SequenceEqual(other.Per);
}

/// <summary>Requests that take of the same buckets.</summary>
/// <param name="Count">How many.</param>
/// <param name="Uses">What each takes of.</param>
internal readonly record struct LimitHits(int Count, ValueList<LimitUse> Uses);

/// <summary>What became of <see cref="LimitHits"/>.</summary>
/// <param name="Granted">How many had tokens.</param>
/// <param name="Wait">Ticks until the bucket that had none has one again; 0 where all had.</param>
internal readonly record struct LimitGrant(int Granted, long Wait);
