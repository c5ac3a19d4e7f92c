using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Faults;

/// <summary>A fault in force: sans-IO, it decides for each request at <c>now</c> by keyed draws, and counts what was asked and what was done.</summary>
public sealed class ActiveFault
{
    private readonly Lock _lock = new();
    private FaultSpan _span;
    private HashSet<int>? _endpoints;
    private readonly ulong _key;
    private FaultCount _count;
    private int _held;

    internal ActiveFault(FaultConfig config, FaultSpan span, IEnumerable<int>? endpoints)
    {
        Config = config;
        _span = span;
        _endpoints = endpoints is null ? null : [.. endpoints];
        _key = FaultKey.Of(config.Name);
    }

    /// <summary>The fault.</summary>
    public FaultConfig Config { get; }

    /// <summary>What it was asked to do so far, and what it did.</summary>
    public FaultCount Count
    {
        get { lock (_lock) return _count; }
    }

    /// <summary>Requests that take a place under <see cref="FaultConfig.MaxActive"/>, for tests.</summary>
    internal int Held
    {
        get { lock (_lock) return _held; }
    }

    /// <summary>Takes in an endpoint that joined the service meanwhile.</summary>
    public void Include(int endpoint)
    {
        lock (_lock) _endpoints?.Add(endpoint);
    }

    /// <summary>Its lease runs anew, and its target may have other endpoints. What it counted stays.</summary>
    /// <param name="ends">One past its last tick.</param>
    /// <param name="endpoints">The endpoints that it is bound to; <c>null</c> for all.</param>
    public void Renew(long ends, IEnumerable<int>? endpoints)
    {
        lock (_lock)
        {
            _span = _span with { To = ends };
            _endpoints = endpoints is null ? null : [.. endpoints];
        }
    }

    /// <summary>The request is one that the fault may hit.</summary>
    internal bool Matches(MeshRequest request, int endpoint, string route)
    {
        var match = Config.Match;
        if (match.Path is { } path && path != request.Class.Path) return false;
        if (match.Route is { } name && name != route) return false;
        if (match.CallerIdentity is { } caller && caller != request.CallerIdentity) return false;
        for (int i = 0; i < match.Headers.Count; i++)
            if (!Has(request, match.Headers[i])) return false;
        lock (_lock) return _endpoints is null || _endpoints.Contains(endpoint);
    }

    /// <summary>What it does to a request that matches, on top of what the faults before it do.</summary>
    internal FaultDecision Decide(in FaultDecision before, KeyedRandom random, ulong request, int attempt, long now)
    {
        lock (_lock)
        {
            double level = _span.Level(now);
            if (level == 0) return before;
            if (Config.FirstRequests is { } first) level = _count.Eligible < first ? 1 : 0;
            double percent = Config.FirstRequests is null ? Config.Percent * level : level;
            double abortPercent = Config.FirstRequests is null && Config.AbortPercent is { } own ? own * level : percent;

            ulong key = request ^ _key;
            bool delays = Config.Delay is not null && random.Unit(Concern.FaultDelay, key, attempt) < percent;
            bool aborts = Config.Abort is not null && random.Unit(Concern.FaultAbort, key, attempt) < abortPercent;
            bool shapes = Config.Body is not null && !aborts && random.Unit(Concern.Fault, key, attempt) < percent;
            bool hits = delays || aborts || shapes;
            bool overflows = hits && Config.MaxActive is { } most && _held >= most;
            long delay = delays && !overflows ? Config.Delay!.SampleTicks(random.Bits(Concern.FaultDelay, key, attempt, 1)) : 0;
            _count += Counted(Chance(percent, abortPercent), hits && !overflows, delays && !overflows, delay, aborts && !overflows, overflows);
            if (!hits || overflows) return before;

            if (Config.MaxActive is not null) _held++;
            return new FaultDecision
            {
                Delay = before.Delay + delay,
                Abort = aborts ? Config.Abort : null,
                Body = before.Body ?? (shapes ? Config.Body : null),
                Held = Config.MaxActive is null ? before.Held : new FaultHold(this, before.Held),
            };
        }
    }

    /// <summary>A request that it held is over.</summary>
    internal void Leave()
    {
        lock (_lock) _held--;
    }

    /// <summary>The chance that at least one of its effects hits: they are drawn independently, and a body is left alone where there is an abort.</summary>
    private double Chance(double percent, double abortPercent)
    {
        double missed = 1;
        if (Config.Delay is not null) missed *= 1 - percent;
        if (Config.Abort is not null) missed *= 1 - abortPercent;
        if (Config.Body is not null) missed *= 1 - percent;
        return 1 - missed;
    }

    private static FaultCount Counted(double chance, bool hits, bool delays, long delay, bool aborts, bool overflows) => new()
    {
        Eligible = 1,
        Requested = chance,
        Injected = hits ? 1 : 0,
        Delayed = delays ? 1 : 0,
        DelayTicks = delay,
        Aborted = aborts ? 1 : 0,
        Overflowed = overflows ? 1 : 0,
    };

    private static bool Has(MeshRequest request, KeyValuePair<string, string> wanted)
    {
        var headers = request.Headers;
        for (int i = 0; i < headers.Count; i++)
            if (headers[i].Value == wanted.Value && string.Equals(headers[i].Key, wanted.Key, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
