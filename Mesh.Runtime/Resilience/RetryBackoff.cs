using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Resilience;

/// <summary>
/// The wait before a retry. Envoy's is its code's (<c>JitteredExponentialBackOffStrategy</c>): uniform over the whole milliseconds below an interval
/// that starts at the base, doubles with each retry, and is the maximum once doubling would exceed it.
/// Envoy's documentation says (2^N-1) times the base; MeshLab follows the code. Linkerd waits that interval, and a random part on top.
/// </summary>
internal static class RetryBackoff
{
    /// <summary>The wait before retry <paramref name="retry"/> (from 0), with what the failed answer asked for.</summary>
    /// <param name="policy">The formula and its settings.</param>
    /// <param name="retry">0 for the first retry.</param>
    /// <param name="retryAfter">Ticks that the answer asked for (<c>Retry-After</c>); 0 when it did not.</param>
    /// <param name="random">64 uniform bits.</param>
    public static TimeSpan Delay(RetryConfig policy, int retry, long retryAfter, ulong random) =>
        policy.HonorRetryAfter && retryAfter > 0 && retryAfter <= policy.RetryAfterMax.Ticks
            ? RetryAfter(retryAfter, random)
            : Delay(policy, retry, random);

    /// <summary>The exponential wait before retry <paramref name="retry"/> (from 0).</summary>
    public static TimeSpan Delay(RetryConfig policy, int retry, ulong random) => policy.BackoffStyle switch
    {
        BackoffStyle.Linkerd => LinkerdDelay(policy, retry, random),
        _ => TimeSpan.FromMilliseconds(random % (ulong)IntervalMs(policy, retry)),
    };

    /// <summary>Envoy's wait after an answer that was rate limited: uniform over the whole milliseconds in [i, 1.5 i).</summary>
    public static TimeSpan RetryAfter(long asked, ulong random)
    {
        ulong interval = (ulong)Math.Max(1, asked / TimeSpan.TicksPerMillisecond);
        return TimeSpan.FromMilliseconds(interval + random % Math.Max(1, interval / 2));
    }

    /// <summary>Envoy's interval, in milliseconds, below which the wait before a retry lies.</summary>
    public static long IntervalMs(RetryConfig policy, int retry)
    {
        long floor = Math.Max(1, (long)policy.BackoffBase.TotalMilliseconds);
        long max = Math.Max(floor, policy.BackoffMax is { } given ? (long)given.TotalMilliseconds : floor * 10);
        return Doubled(floor, max, retry);
    }

    /// <summary>base = min(max, min·2^i), wait = base + min(base·jitter·U, max - base): never below the base, never above the maximum.</summary>
    private static TimeSpan LinkerdDelay(RetryConfig policy, int retry, ulong random)
    {
        long max = Math.Max(policy.BackoffBase.Ticks, policy.BackoffMax?.Ticks ?? policy.BackoffBase.Ticks * 10);
        long interval = Doubled(policy.BackoffBase.Ticks, max, retry);
        double jitter = interval * policy.BackoffJitter * KeyedRandom.ToUnit(random);
        return TimeSpan.FromTicks(interval + (long)Math.Min(jitter, max - interval));
    }

    private static long Doubled(long interval, long max, int times)
    {
        for (int i = 0; i < times && interval < max; i++) interval = interval * 2 > max ? max : interval * 2;
        return interval;
    }
}
