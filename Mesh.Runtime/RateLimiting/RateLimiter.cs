using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Routing;

namespace Mesh.Runtime.RateLimiting;

/// <summary>What a rate limit says of a request.</summary>
/// <param name="Allowed">Whether there were tokens.</param>
/// <param name="RetryAfter">When not: ticks until the bucket that had none has one again.</param>
internal readonly record struct RateLimitDecision(bool Allowed, long RetryAfter)
{
    /// <summary>There were tokens.</summary>
    public static RateLimitDecision Pass => new(true, 0);
}

/// <summary>
/// Envoy's local rate limit. The matching descriptors are asked in order of their rate, the slowest first, and the first without a token refuses the request;
/// what the others gave before is gone. Then the default bucket, for a request that no descriptor matched, or for all.
/// </summary>
internal sealed class RateLimiter
{
    private readonly RateLimitConfig _config;
    private readonly DescriptorBuckets[] _descriptors;
    private readonly bool _mindsRoute;
    private readonly TokenRate _rate;
    private TokenBucket _bucket;

    /// <summary>A limiter with full buckets.</summary>
    public RateLimiter(RateLimitConfig config, long now)
    {
        _config = config;
        _descriptors = [.. config.Per.Select(one => new DescriptorBuckets(one, config.MaxDynamicDescriptors, now)).OrderBy(one => one.Rate)];
        _mindsRoute = Array.Exists(_descriptors, one => one.MindsRoute);
        if (config.Bucket is not { } bucket) return;
        _rate = new TokenRate(bucket);
        _bucket = TokenBucket.Full(_rate, now);
    }

    /// <summary>Asks for the request's tokens.</summary>
    /// <param name="request">The request.</param>
    /// <param name="routes">The service's routes, where descriptors may ask for one; <c>null</c> for none.</param>
    /// <param name="members">Endpoints of the service, 1 or more: under <see cref="RateLimitConfig.Shared"/> a request costs as many tokens here.</param>
    /// <param name="now">The time in ticks.</param>
    public RateLimitDecision Decide(MeshRequest request, RouteTable? routes, int members, long now)
    {
        string route = _mindsRoute ? routes?.Match(request).Name ?? "" : "";
        double cost = _config.Shared ? members : 1;
        bool matched = false;
        foreach (var descriptor in _descriptors)
        {
            int bucket = descriptor.Find(request, route, now);
            if (bucket < 0) continue;
            matched = true;
            if (!descriptor.TryTake(bucket, cost, now)) return new RateLimitDecision(false, descriptor.WaitFor(bucket, cost, now));
        }
        bool takesDefault = _config.Bucket is not null && (!matched || _config.AlwaysConsumeDefault);
        if (!takesDefault || _bucket.TryTake(_rate, cost, now)) return RateLimitDecision.Pass;
        return new RateLimitDecision(false, _bucket.WaitFor(_rate, cost, now));
    }

    /// <summary>Whether a refusal holds: always, unless only a share of them is enforced.</summary>
    /// <param name="draw">A uniform number in [0, 1).</param>
    public bool Enforces(double draw) => draw < _config.Enforced;
}
