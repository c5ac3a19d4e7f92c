using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Overload;

/// <summary>The callee's concurrency limit: admits a request while fewer than the limit are in progress, and learns from each that ends.</summary>
internal sealed class AdaptiveConcurrency
{
    private readonly ConcurrencyLimit _limit;
    private int _reported;

    /// <summary>A limit that begins now.</summary>
    /// <param name="config">The policy.</param>
    /// <param name="random">The draws.</param>
    /// <param name="key">Whose draws they are: the proxy's id.</param>
    /// <param name="now">The time in ticks.</param>
    public AdaptiveConcurrency(AdaptiveConcurrencyConfig config, KeyedRandom random, ulong key, long now) =>
        _limit = ConcurrencyLimit.Create(config, random, key, now);

    /// <summary>Requests that may be in progress.</summary>
    public int Limit => _limit.Limit;

    /// <summary>Requests in progress. May be above the limit after it fell: none of them is broken off.</summary>
    public int InFlight { get; private set; }

    /// <summary>Admits a request, or refuses it.</summary>
    public bool TryEnter(long now, out ConcurrencySlot slot)
    {
        _limit.Advance(now);
        if (InFlight >= _limit.Limit)
        {
            slot = default;
            return false;
        }
        slot = new ConcurrencySlot(now, ++InFlight);
        return true;
    }

    /// <summary>An admitted request has ended.</summary>
    public void Exit(in ConcurrencySlot slot, long now, ExitOutcome outcome)
    {
        InFlight--;
        _limit.Advance(now);
        _limit.Sample(slot, now, outcome);
    }

    /// <summary>An admitted request went no further: it tells nothing.</summary>
    public void Cancel() => InFlight--;

    /// <summary>Whether the limit is another than at the last call; true at the first.</summary>
    public bool Changed()
    {
        int limit = _limit.Limit;
        if (limit == _reported) return false;
        _reported = limit;
        return true;
    }
}
