using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>
/// Linkerd's balancer: the cheaper of two distinct endpoints, where cost is a moving average of latency times (requests in flight + 1).
/// The average jumps up to a peak at once and decays from it exponentially, also while nobody looks
/// (tower <c>PeakEwma</c>: reading is an update with a sample of 0).
/// </summary>
/// <param name="decay">Ticks in which an old value falls to 1/e. Linkerd: 10 s.</param>
/// <param name="defaultLatency">
/// Ticks assumed of an endpoint when it is first looked at; they decay from there, so that a newcomer among faster endpoints gets its turn. Linkerd: 30 ms.
/// </param>
internal sealed class PeakEwmaBalancer(long decay, long defaultLatency) : ILoadBalancer
{
    public int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws)
    {
        int count = members.Length;
        if (count == 1) return 0;
        int first = KeyedRandom.ToIndex(draws.Next(), count);
        int second = KeyedRandom.ToIndex(draws.Next(), count - 1);
        if (second >= first) second++;
        return Cost(states, members[first].Id, request.Now) <= Cost(states, members[second].Id, request.Now) ? first : second;
    }

    public void Ended(int endpoint, ref EndpointState state, in AttemptSample sample) => Observe(ref state, sample.Duration, sample.Now);

    /// <summary>Ticks of latency times (requests in flight + 1).</summary>
    public double Cost(EndpointStates states, int endpoint, long now)
    {
        ref var state = ref states.GetOrAdd(endpoint);
        Observe(ref state, 0, now);
        return state.Latency * (state.InFlight + 1);
    }

    /// <summary>Takes a latency of <paramref name="sample"/> ticks into the average.</summary>
    public void Observe(ref EndpointState state, long sample, long now)
    {
        if (!state.Sampled) (state.Latency, state.Updated, state.Sampled) = (defaultLatency, now, true);
        if (sample > state.Latency)
        {
            state.Latency = sample;
        }
        else
        {
            double weight = Math.Exp(-Math.Max(0, now - state.Updated) / (double)decay);
            state.Latency = state.Latency * weight + sample * (1 - weight);
        }
        state.Updated = now;
    }
}
