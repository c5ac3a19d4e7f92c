using Mesh.Runtime.Model;

namespace Mesh.Runtime.Resilience;

/// <summary>
/// The wait before a retry, as Envoy's code has it (<c>JitteredExponentialBackOffStrategy</c>): uniform over the whole milliseconds below an interval
/// that starts at the base, doubles with each retry, and is the maximum once doubling would exceed it.
/// Envoy's documentation says (2^N-1) times the base; MeshLab follows the code.
/// </summary>
internal static class RetryBackoff
{
    /// <summary>The wait before retry <paramref name="retry"/> (from 0), in whole milliseconds.</summary>
    /// <param name="policy">Base and maximum.</param>
    /// <param name="retry">0 for the first retry.</param>
    /// <param name="random">64 uniform bits.</param>
    public static TimeSpan Delay(RetryConfig policy, int retry, ulong random) =>
        TimeSpan.FromMilliseconds(random % (ulong)IntervalMs(policy, retry));

    /// <summary>The interval, in milliseconds, below which the wait before a retry lies.</summary>
    public static long IntervalMs(RetryConfig policy, int retry)
    {
        long floor = Math.Max(1, (long)policy.BackoffBase.TotalMilliseconds);
        long max = Math.Max(floor, policy.BackoffMax is { } given ? (long)given.TotalMilliseconds : floor * 10);
        long interval = floor;
        for (int i = 0; i < retry && interval < max; i++) interval = interval * 2 > max ? max : interval * 2;
        return interval;
    }
}
