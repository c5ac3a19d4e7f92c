using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>Token buckets.</summary>
internal static class RateLimitSection
{
    private static readonly TimeSpan LeastFillInterval = TimeSpan.FromMilliseconds(50);

    private static readonly Section<BucketDraft> Bucket = new Section<BucketDraft>("tokenBucket", "a bucket such as {rate: 100/s, burst: 50}", () => new BucketDraft())
    {
        { "rate", Values.Rate, (bucket, value) => bucket with { Rate = value }, "Tokens a second, above 0/s; a request takes one." },
        { "burst", Values.Count(1), (bucket, value) => bucket with { Burst = value }, "Tokens that the bucket holds, and begins with. Default: those of one second, at least 1." },
        { "tokensPerFill", Values.Count(1), (bucket, value) => bucket with { TokensPerFill = value }, "Instead of 'rate', as Envoy has it: tokens in each fill interval. They come evenly, not in steps. Default 1." },
        { "fillInterval", Values.PositiveDuration, (bucket, value) => bucket with { FillInterval = value }, "Instead of 'rate', as Envoy has it: the time in which 'tokensPerFill' come, 50ms or more." },
    }
    .Check(CheckBucket);

    private static readonly Section<DescriptorDraft> Descriptor = new Section<DescriptorDraft>("rateLimitDescriptor", "a descriptor such as {header: x-client, rate: 10/s}", () => new DescriptorDraft())
    {
        { "path", Values.Text, (draft, value) => draft with { Match = draft.Match with { Path = value } }, "The path, as it is; '*' gives each path a bucket. Default: all, in one bucket." },
        { "route", Values.Text, (draft, value) => draft with { Match = draft.Match with { Route = value } },
            "The name of a route of the service, as the replica's sidecar finds it: without 'from', and with the path after a rewrite; '*' gives each named route a bucket. Default: all, in one bucket." },
        { "method", Values.Method, (draft, value) => draft with { Match = draft.Match with { Method = value } }, "The method. Default: all." },
        { "caller", Values.Text, (draft, value) => draft with { Match = draft.Match with { Caller = value } }, "The caller's service account or SPIFFE identity; '*' gives each caller a bucket. Default: all, in one bucket." },
        { "header", Values.Name, (draft, value) => draft with { Match = draft.Match with { Header = value } }, "A header that the request must have. Default: none." },
        { "value", Values.Text, (draft, value) => draft with { Match = draft.Match with { Value = value } }, "The header's value, as it is; '*' gives each value a bucket. Default '*'." },
    }
    .Embed(Bucket, draft => draft.Bucket, (draft, bucket) => draft with { Bucket = bucket })
    .Check(CheckDescriptor);

    /// <summary>Token buckets.</summary>
    public static readonly Shape<RateLimitConfig> RateLimit = new Section<RateLimitDraft>("rateLimit", "a rate limit such as {rate: 100/s, burst: 50}", () => new RateLimitDraft())
    {
        { "per", new ListShape<RateLimitDescriptorConfig>("a list of descriptors such as [{header: x-client, rate: 10/s}]", Descriptor.Then((draft, _, _) => draft.ToConfig())),
            (draft, value) => draft with { Limit = draft.Limit with { Per = value } }, "Buckets for some of the requests. Default none." },
        { "alwaysConsumeDefault", Values.Flag, (draft, value) => draft with { Limit = draft.Limit with { AlwaysConsumeDefault = value } },
            "Whether a request that took a token of 'per' takes one of the bucket for all too. Default true." },
        { "shared", Values.Flag, (draft, value) => draft with { Limit = draft.Limit with { Shared = value } },
            "Whether the limits are for the service as a whole, in equal shares for its replicas. Default false: each replica has the whole limit." },
        { "global", Values.Flag, (draft, value) => draft with { Limit = draft.Limit with { Global = value } },
            "Whether the limits are for the service as a whole, and its sidecars ask the control plane for tokens. In the virtual world and in one process it is the same as 'shared'. Default false." },
        { "globalTimeout", Values.PositiveDuration, (draft, value) => draft with { Limit = draft.Limit with { GlobalTimeout = value } }, "How long a request waits for the control plane's decision. Default 20ms." },
        { "failureModeDeny", Values.Flag, (draft, value) => draft with { Limit = draft.Limit with { FailureModeDeny = value } },
            "Whether a request on which the control plane does not decide in time is refused, with 500. Default false: it goes on." },
        { "enforced", Values.Percent, (draft, value) => draft with { Limit = draft.Limit with { Enforced = value } }, "Share of the requests over the limit that are refused; the rest go on. Default 100%." },
        { "maxDynamicDescriptors", Values.Count(1), (draft, value) => draft with { Limit = draft.Limit with { MaxDynamicDescriptors = value } },
            "Values that a descriptor with '*' remembers; beyond, the one longest unused is forgotten. Default 20." },
    }
    .Embed(Bucket, draft => draft.Bucket, (draft, bucket) => draft with { Bucket = bucket })
    .Check(CheckLimit)
    .Then((draft, _, _) => draft.ToConfig());

    private static void CheckBucket(BucketDraft bucket, YamlMap map, Reading reading)
    {
        if (bucket.Rate is <= 0) reading.Error(map.Find("rate")!.Value, "a rate of 0 would let nothing through once the burst is used; write a rate above 0/s.");
        if (bucket is { Rate: not null, FillInterval: not null }) reading.Error(map.Find("fillInterval")!.Value, "'rate' and 'fillInterval' stand together; the rate is 'tokensPerFill' over 'fillInterval', so write one or the other.");
        if (bucket.FillInterval < LeastFillInterval) reading.Error(map.Find("fillInterval")!.Value, "the fill interval is below 50ms, the shortest that Envoy takes.");
        if (bucket is { TokensPerFill: not null, FillInterval: null }) reading.Error(map.Find("tokensPerFill")!.Value, "'tokensPerFill' needs a 'fillInterval', such as 1s.");
        if (bucket is { Burst: not null, Given: false }) reading.Error(map.Find("burst")!.Value, "'burst' needs a 'rate', such as 100/s.");
    }

    private static void CheckDescriptor(DescriptorDraft draft, YamlMap map, Reading reading)
    {
        var match = draft.Match;
        if (!draft.Bucket.Given) reading.Error(map, "the bucket has no rate; write 'rate', such as 10/s.");
        if (map.Find("value") is { } value && match.Header is null) reading.Error(value.Value, "'value' is the value of a header; name it with 'header'.");
        if (match is { Path: null, Route: null, Method: null, Caller: null, Header: null }) reading.Error(map, "the descriptor says of no request that it is meant; write 'path', 'route', 'method', 'caller' or 'header'.");
        if (match.Path is { } path && path != RateLimitDescriptorConfig.Any && !path.StartsWith('/')) reading.Error(map.Find("path")!.Value, $"'{path}' is not a path; a path begins with '/', and '*' stands for each path.");
    }

    private static void CheckLimit(RateLimitDraft draft, YamlMap map, Reading reading)
    {
        if (!draft.Bucket.Given && draft.Limit.Per.Count == 0 && map.Find("per") is null) reading.Error(map, "the rate limit has neither a 'rate' for all nor a list 'per'; write one, such as 'rate: 100/s'.");
        if (draft.Limit is { Global: true, Shared: true }) reading.Error(map.Find("shared")!.Value, "'global' and 'shared' stand together; the control plane counts, or each replica its share, so write one or the other.");
        if (!draft.Limit.Global && (map.Find("globalTimeout") ?? map.Find("failureModeDeny")) is { } idle) reading.Error(idle.Value, "the control plane is not asked; write 'global: true' beside it.");
    }

    private sealed record BucketDraft
    {
        public double? Rate { get; init; }

        public int? Burst { get; init; }

        public int? TokensPerFill { get; init; }

        public TimeSpan? FillInterval { get; init; }

        public bool Given => Rate is not null || FillInterval is not null;

        public TokenBucketConfig ToConfig()
        {
            double rate = Rate ?? (TokensPerFill ?? 1) / (FillInterval ?? TimeSpan.FromSeconds(1)).TotalSeconds;
            return new TokenBucketConfig { Rate = rate, Burst = Burst ?? Math.Max(1, (int)Math.Min(rate, 1_000_000)) };
        }
    }

    private sealed record DescriptorDraft
    {
        public RateLimitDescriptorConfig Match { get; init; } = new() { Bucket = new TokenBucketConfig { Rate = 1, Burst = 1 } };

        public BucketDraft Bucket { get; init; } = new();

        public RateLimitDescriptorConfig ToConfig() => Match with { Bucket = Bucket.ToConfig() };
    }

    private sealed record RateLimitDraft
    {
        public RateLimitConfig Limit { get; init; } = new();

        public BucketDraft Bucket { get; init; } = new();

        public RateLimitConfig ToConfig() => Limit with { Bucket = Bucket.Given ? Bucket.ToConfig() : null };
    }
}
