using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>
/// Linkerd's balancer: the cheaper of two distinct endpoints, where cost is a moving average of latency times (requests in flight + 1).
/// The average jumps up to a peak at once and decays from it exponentially, also while nobody looks
/// (tower <c>PeakEwma</c>: reading is an update with a sample of 0). Weights do not count.
/// </summary>
/// <param name="decay">Ticks in which an old value falls to 1/e. Linkerd: 10 s.</param>
/// <param name="defaultLatency">
/// Ticks assumed of an endpoint when it is first looked at; they decay from there, so that a newcomer among faster endpoints gets its turn. Linkerd: 30 ms.
/// </param>
/// <param name="penalty">
/// Ticks booked for a failure, however fast it came (Linkerd's penalty variant, in which reading changes nothing); <c>null</c> books what was measured.
/// </param>
internal sealed class PeakEwmaBalancer(long decay, long defaultLatency, long? penalty = null) : ILoadBalancer
{
    /// <summary>The longest <c>Retry-After</c> that counts.</summary>
    private const long MostRetryAfter = 300 * TimeSpan.TicksPerSecond;

    public int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws)
    {
        int count = members.Length;
        if (count == 1) return 0;
        int first = KeyedRandom.ToIndex(draws.Next(), count);
        int second = KeyedRandom.ToIndex(draws.Next(), count - 1);
        if (second >= first) second++;
        return Cost(states, members[first].Id, request.Now) <= Cost(states, members[second].Id, request.Now) ? first : second;
    }

    public void Ended(int endpoint, ref EndpointState state, in AttemptSample sample)
    {
        if (penalty is { } least && IsFailure(in sample)) Penalize(ref state, Math.Max(least, Math.Min(sample.RetryAfter, MostRetryAfter)), sample.Now);
        else Observe(ref state, sample.Duration, sample.Now);
    }

    /// <summary>Ticks of latency times (requests in flight + 1).</summary>
    public double Cost(EndpointStates states, int endpoint, long now)
    {
        ref var state = ref states.GetOrAdd(endpoint);
        if (penalty is null) Observe(ref state, 0, now);
        else Begin(ref state, now);
        return (penalty is null ? state.Latency : Decayed(in state, now)) * (state.InFlight + 1);
    }

    /// <summary>Takes a latency of <paramref name="sample"/> ticks into the average.</summary>
    public void Observe(ref EndpointState state, long sample, long now)
    {
        Begin(ref state, now);
        // tower compares with the value as it stands, which each reading brings up to date; the variant, which only reads, with the decayed one.
        if (sample > (penalty is null ? state.Latency : Decayed(in state, now)))
        {
            state.Latency = sample;
        }
        else
        {
            double weight = Weight(in state, now);
            state.Latency = state.Latency * weight + sample * (1 - weight);
        }
        state.Updated = now;
    }

    /// <summary>A failure counts as a latency of its own, but never lowers the average.</summary>
    private void Penalize(ref EndpointState state, long latency, long now)
    {
        Begin(ref state, now);
        state.Latency = Math.Max(latency, Decayed(in state, now));
        state.Updated = now;
    }

    private void Begin(ref EndpointState state, long now)
    {
        if (!state.Sampled) (state.Latency, state.Updated, state.Sampled) = (defaultLatency, now, true);
    }

    private double Decayed(in EndpointState state, long now) => state.Latency * Weight(in state, now);

    private double Weight(in EndpointState state, long now) => Math.Exp(-Math.Max(0, now - state.Updated) / (double)decay);

    /// <summary>429, 5xx, and the gRPC statuses UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE and DATA_LOSS.</summary>
    private static bool IsFailure(in AttemptSample sample) =>
        sample.Status is 429 or >= 500 || sample.GrpcStatus is 2 or 4 or 8 or 13 or 14 or 15;
}
