using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.RateLimiting;

/// <summary>
/// The buckets of one descriptor: one, or one for each value where a <c>*</c> stands. Of those a fixed number is remembered;
/// a value that comes back after it was forgotten begins with a full bucket (Envoy's dynamic descriptors).
/// </summary>
internal sealed class DescriptorBuckets
{
    private readonly RateLimitDescriptorConfig _config;
    private readonly string? _account;
    private readonly TokenRate _rate;
    private readonly bool _perValue;
    private readonly LeastRecentlyUsed<DescriptorValues> _places;
    private readonly TokenBucket[] _buckets;

    /// <summary>The buckets of <paramref name="config"/>, full.</summary>
    public DescriptorBuckets(RateLimitDescriptorConfig config, int most, long now)
    {
        _config = config;
        _account = config.Caller is { } caller ? "/sa/" + caller : null;
        _rate = new TokenRate(config.Bucket);
        _perValue = config.Path == RateLimitDescriptorConfig.Any || config.Route == RateLimitDescriptorConfig.Any || config.Caller == RateLimitDescriptorConfig.Any
            || (config.Header is not null && config.Value == RateLimitDescriptorConfig.Any);
        _places = new LeastRecentlyUsed<DescriptorValues>(_perValue ? most : 1);
        _buckets = new TokenBucket[_perValue ? most : 1];
        _buckets[0] = TokenBucket.Full(_rate, now);
    }

    /// <summary>The rate of its buckets.</summary>
    public double Rate => _config.Bucket.Rate;

    /// <summary>Whether it asks for the request's route.</summary>
    public bool MindsRoute => _config.Route is not null;

    /// <summary>The index of the request's bucket, or -1 when the descriptor does not match.</summary>
    /// <param name="request">The request.</param>
    /// <param name="route">The name of its route, where a descriptor <see cref="MindsRoute"/>; empty for none.</param>
    /// <param name="now">The time in ticks.</param>
    public int Find(MeshRequest request, string route, long now) => Matches(request, route, out var values) ? Find(values, now) : -1;

    /// <summary>The index of the bucket of these values.</summary>
    /// <param name="values">A request's values; those that the descriptor does not tell apart do not count.</param>
    /// <param name="now">The time in ticks.</param>
    public int Find(in DescriptorValues values, long now) => _perValue ? Place(Told(values), now) : 0;

    /// <summary>Whether the descriptor matches a request, and the values by which it tells requests apart.</summary>
    public bool Matches(MeshRequest request, string route, out DescriptorValues values)
    {
        values = default;
        if (_config.Route is { } named && named != route && (named != RateLimitDescriptorConfig.Any || route.Length == 0)) return false;
        string path = request.Class.Path;
        if (_config.Path is { } wanted && wanted != RateLimitDescriptorConfig.Any && wanted != path) return false;
        if (_config.Method is { } method && method != request.Method) return false;
        if (!MatchesCaller(request.CallerIdentity)) return false;
        string? header = null;
        if (_config.Header is { } name)
        {
            header = HeaderOf(request, name);
            if (header is null || (_config.Value != RateLimitDescriptorConfig.Any && _config.Value != header)) return false;
        }
        if (_perValue) values = Told(new DescriptorValues(path, route, request.CallerIdentity, header));
        return true;
    }

    /// <summary>Takes tokens from a bucket.</summary>
    public bool TryTake(int bucket, double tokens, long now) => _buckets[bucket].TryTake(_rate, tokens, now);

    /// <summary>Ticks until a bucket has so many.</summary>
    public long WaitFor(int bucket, double tokens, long now) => _buckets[bucket].WaitFor(_rate, tokens, now);

    private bool MatchesCaller(string identity) =>
        _config.Caller is not { } caller || caller == RateLimitDescriptorConfig.Any || caller == identity || identity.EndsWith(_account!, StringComparison.Ordinal);

    private DescriptorValues Told(in DescriptorValues values) => new(
        _config.Path == RateLimitDescriptorConfig.Any ? values.Path : null,
        _config.Route == RateLimitDescriptorConfig.Any ? values.Route : null,
        _config.Caller == RateLimitDescriptorConfig.Any ? values.Caller : null,
        _config.Header is not null && _config.Value == RateLimitDescriptorConfig.Any ? values.Header : null);

    private int Place(in DescriptorValues values, long now)
    {
        if (_places.TryUse(values, out int place)) return place;
        place = _places.Add(values);
        _buckets[place] = TokenBucket.Full(_rate, now);
        return place;
    }

    private static string? HeaderOf(MeshRequest request, string name)
    {
        var headers = request.Headers;
        for (int i = 0; i < headers.Count; i++)
        {
            if (string.Equals(headers[i].Key, name, StringComparison.OrdinalIgnoreCase)) return headers[i].Value;
        }
        return null;
    }
}
