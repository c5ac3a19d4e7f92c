namespace Mesh.Runtime.RateLimiting;

/// <summary>
/// The decision of a global rate limit as envoyproxy/ratelimit makes it: fixed windows of a second, minute, hour or day, one counter for each descriptor's values.
/// Hits over the limit are counted too. It has no clock and no store: the control plane hosts it.
/// </summary>
internal sealed class GlobalRateLimit
{
    private readonly string _domain;
    private readonly Rule _rules;
    private readonly Counter _counters = new();
    private long _swept;

    /// <summary>A limit with nothing counted.</summary>
    public GlobalRateLimit(GlobalRateLimitConfig config)
    {
        _domain = config.Domain;
        _rules = new Rule(null, false, config.Descriptors);
    }

    /// <summary>Descriptors that are being counted.</summary>
    public int Counted => _counters.Count;

    /// <summary>Counts hits and says whether they are over the limit.</summary>
    /// <param name="domain">The asker's domain; one that is not this limit's has no limit.</param>
    /// <param name="descriptor">The request's descriptor. Of several descriptors each is asked by itself, and one that refuses is enough.</param>
    /// <param name="hits">How many; 0 counts as 1.</param>
    /// <param name="now">Unix time in ticks.</param>
    public GlobalLimitStatus ShouldLimit(string domain, ReadOnlySpan<DescriptorEntry> descriptor, int hits, long now)
    {
        if (domain != _domain || Find(descriptor) is not { Limit: { } limit } rule) return default;
        if (limit.Unlimited) return new GlobalLimitStatus(false, limit, int.MaxValue, 0);

        long unit = (int)limit.Unit * TimeSpan.TicksPerSecond;
        long window = now - now % unit;
        Sweep(now);
        long count = CounterOf(descriptor).Add(window, window + unit, Math.Max(1, hits));
        bool over = count > limit.RequestsPerUnit;
        return new GlobalLimitStatus(over && !rule.ShadowMode, limit, over ? 0 : (int)(limit.RequestsPerUnit - count), window + unit - now);
    }

    /// <summary>The rule for a descriptor: entry by entry the one with key and value, else the one with the key. It must have as many entries as the descriptor.</summary>
    private Rule? Find(ReadOnlySpan<DescriptorEntry> descriptor)
    {
        Rule? rule = descriptor.IsEmpty ? null : _rules;
        foreach (var entry in descriptor)
        {
            if (rule is null) return null;
            rule = rule.Next(entry.Key, entry.Value) ?? rule.Next(entry.Key, null);
        }
        return rule;
    }

    private Counter CounterOf(ReadOnlySpan<DescriptorEntry> descriptor)
    {
        var counter = _counters;
        foreach (var entry in descriptor) counter = counter.Next(entry);
        return counter;
    }

    /// <summary>Once a minute: forgets counters whose window is over, so that values seen once do not stay.</summary>
    private void Sweep(long now)
    {
        if (now - _swept < TimeSpan.TicksPerMinute) return;
        _swept = now;
        _counters.Forget(now);
    }

    private sealed class Rule
    {
        private readonly Dictionary<(string Key, string? Value), Rule> _next = [];

        public Rule(GlobalLimit? limit, bool shadowMode, IReadOnlyList<GlobalLimitDescriptor> descriptors)
        {
            Limit = limit;
            ShadowMode = shadowMode;
            foreach (var one in descriptors) _next.Add((one.Key, one.Value), new Rule(one.Limit, one.ShadowMode, one.Descriptors));
        }

        public GlobalLimit? Limit { get; }

        public bool ShadowMode { get; }

        public Rule? Next(string key, string? value) => _next.GetValueOrDefault((key, value));
    }

    private sealed class Counter
    {
        private readonly Dictionary<DescriptorEntry, Counter> _next = [];
        private long _window = -1;
        private long _end;
        private long _count;

        /// <summary>Counters at the ends of descriptors.</summary>
        public int Count => (_window >= 0 ? 1 : 0) + _next.Values.Sum(one => one.Count);

        public Counter Next(DescriptorEntry entry)
        {
            if (_next.TryGetValue(entry, out var next)) return next;
            next = new Counter();
            _next.Add(entry, next);
            return next;
        }

        public long Add(long window, long end, int hits)
        {
            if (_window != window) (_window, _end, _count) = (window, end, 0);
            return _count += hits;
        }

        /// <summary>Forgets what is over; true when nothing is left.</summary>
        public bool Forget(long now)
        {
            foreach (var (entry, next) in _next)
            {
                if (next.Forget(now)) _next.Remove(entry);
            }
            if (_end <= now) _window = -1;
            return _window < 0 && _next.Count == 0;
        }
    }
}
