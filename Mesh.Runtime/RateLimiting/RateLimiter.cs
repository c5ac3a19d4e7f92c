using System.Runtime.InteropServices;
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
    private readonly DescriptorBuckets[] _descriptors;
    private readonly bool _mindsRoute;
    private readonly TokenRate _rate;
    private TokenBucket _bucket;

    /// <summary>A limiter with full buckets.</summary>
    public RateLimiter(RateLimitConfig config, long now)
    {
        Config = config;
        _descriptors = [.. config.Per.Select(one => new DescriptorBuckets(one, config.MaxDynamicDescriptors, now)).OrderBy(one => one.Rate)];
        _mindsRoute = Array.Exists(_descriptors, one => one.MindsRoute);
        if (config.Bucket is not { } bucket) return;
        _rate = new TokenRate(bucket);
        _bucket = TokenBucket.Full(_rate, now);
    }

    /// <summary>What it limits.</summary>
    public RateLimitConfig Config { get; }

    /// <summary>Asks for the request's tokens.</summary>
    /// <param name="request">The request.</param>
    /// <param name="routes">The service's routes, where descriptors may ask for one; <c>null</c> for none.</param>
    /// <param name="members">Endpoints of the service, 1 or more: under <see cref="RateLimitConfig.Shared"/> a request costs as many tokens here, and under <see cref="RateLimitConfig.Global"/> where nobody counts for all.</param>
    /// <param name="now">The time in ticks.</param>
    public RateLimitDecision Decide(MeshRequest request, RouteTable? routes, int members, long now)
    {
        string route = RouteOf(request, routes);
        double cost = Config.Shared || Config.Global ? members : 1;
        bool matched = false;
        foreach (var descriptor in _descriptors)
        {
            int bucket = descriptor.Find(request, route, now);
            if (bucket < 0) continue;
            matched = true;
            if (TakeOf(descriptor, bucket, cost, now) is { Allowed: false } refused) return refused;
        }
        return TakesDefault(matched) ? TakeDefault(cost, now) : RateLimitDecision.Pass;
    }

    /// <summary>The buckets that a request takes of, in the order in which they are asked: what <see cref="Take"/> is told where another process counts.</summary>
    /// <param name="request">The request.</param>
    /// <param name="routes">The service's routes; <c>null</c> for none.</param>
    public ValueList<LimitUse> UsesOf(MeshRequest request, RouteTable? routes)
    {
        string route = RouteOf(request, routes);
        var uses = new List<LimitUse>(_descriptors.Length + 1);
        for (int i = 0; i < _descriptors.Length; i++)
            if (_descriptors[i].Matches(request, route, out var values)) uses.Add(new LimitUse(i + 1, values));
        if (TakesDefault(uses.Count > 0)) uses.Add(new LimitUse(LimitUse.Default, default));
        return ValueList.Create<LimitUse>(CollectionsMarshal.AsSpan(uses));
    }

    /// <summary>Takes a token of each of these buckets, as <see cref="Decide"/> does. One that the limit does not have refuses nobody: whoever asks works by another policy.</summary>
    /// <param name="uses">What the request takes of.</param>
    /// <param name="now">The time in ticks.</param>
    public RateLimitDecision Take(ValueList<LimitUse> uses, long now)
    {
        foreach (var (limit, values) in uses)
        {
            var decision = limit == LimitUse.Default ? TakeDefault(1, now) : limit <= _descriptors.Length && limit > 0 ? TakeOf(_descriptors[limit - 1], _descriptors[limit - 1].Find(values, now), 1, now) : RateLimitDecision.Pass;
            if (!decision.Allowed) return decision;
        }
        return RateLimitDecision.Pass;
    }

    /// <summary>Whether a refusal holds: always, unless only a share of them is enforced.</summary>
    /// <param name="draw">A uniform number in [0, 1).</param>
    public bool Enforces(double draw) => draw < Config.Enforced;

    private string RouteOf(MeshRequest request, RouteTable? routes) => _mindsRoute ? routes?.Match(request).Name ?? "" : "";

    private bool TakesDefault(bool matched) => Config.Bucket is not null && (!matched || Config.AlwaysConsumeDefault);

    private RateLimitDecision TakeDefault(double cost, long now) =>
        Config.Bucket is null || _bucket.TryTake(_rate, cost, now) ? RateLimitDecision.Pass : new RateLimitDecision(false, _bucket.WaitFor(_rate, cost, now));

    private static RateLimitDecision TakeOf(DescriptorBuckets descriptor, int bucket, double cost, long now) =>
        descriptor.TryTake(bucket, cost, now) ? RateLimitDecision.Pass : new RateLimitDecision(false, descriptor.WaitFor(bucket, cost, now));
}
