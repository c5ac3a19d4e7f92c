using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Overload;

/// <summary>How an admitted request ended, as far as a limit learns from it.</summary>
internal enum ExitOutcome
{
    /// <summary>The application answered.</summary>
    Answered,

    /// <summary>The application answered that it is overloaded or too late: 503 or 504. Netflix's algorithms count a drop.</summary>
    Overloaded,

    /// <summary>The caller gave up first. Envoy takes no sample; Netflix's algorithms count a drop.</summary>
    Abandoned,
}

/// <summary>A request's place under a concurrency limit.</summary>
/// <param name="StartedAt">When it was admitted, in ticks.</param>
/// <param name="InFlight">Requests in progress then, itself included.</param>
internal readonly record struct ConcurrencySlot(long StartedAt, int InFlight);

/// <summary>One way to find a concurrency limit from the latency of what was admitted. It has no clock: it learns the time when requests come and go.</summary>
internal abstract class ConcurrencyLimit
{
    /// <summary>Requests that may be in progress.</summary>
    public abstract int Limit { get; }

    /// <summary>Takes the decisions whose time came before or at <paramref name="now"/>.</summary>
    public virtual void Advance(long now)
    {
    }

    /// <summary>Learns from a request that ended now.</summary>
    public abstract void Sample(in ConcurrencySlot slot, long now, ExitOutcome outcome);

    /// <summary>The algorithm of a policy.</summary>
    /// <param name="config">The policy.</param>
    /// <param name="random">The draws.</param>
    /// <param name="key">Whose draws they are: the proxy's id.</param>
    /// <param name="now">When it begins, in ticks.</param>
    public static ConcurrencyLimit Create(AdaptiveConcurrencyConfig config, KeyedRandom random, ulong key, long now) => config.Algorithm switch
    {
        ConcurrencyAlgorithm.Gradient => new GradientLimit(config, random, key, now),
        ConcurrencyAlgorithm.Vegas => Windowed(config, new VegasLimit(config, random, key)),
        ConcurrencyAlgorithm.Gradient2 => Windowed(config, new Gradient2Limit(config)),
        _ => Windowed(config, new AimdLimit(config)),
    };

    private static ConcurrencyLimit Windowed(AdaptiveConcurrencyConfig config, LatencyLimit limit) =>
        config.Window > TimeSpan.Zero ? new WindowedLimit(limit, config.Window.Ticks) : new SampledLimit(limit);
}
