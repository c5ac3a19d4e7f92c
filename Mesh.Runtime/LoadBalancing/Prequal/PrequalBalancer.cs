using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.LoadBalancing.Prequal;

/// <summary>
/// Google's Prequal (Wydrowski et al., "Load is not what you should balance", NSDI 2024), in its asynchronous mode: a pick uses answers of earlier probes
/// (<see cref="ProbePool"/>), and sends new ones whose answers serve later picks. With fewer than two answers it draws uniformly. Weights do not count.
/// Without a <see cref="IEndpointProbe"/> it goes by what the proxy itself knows of the probed.
/// </summary>
/// <param name="config">The settings.</param>
/// <param name="probe">How endpoints are asked; may be <c>null</c>.</param>
internal sealed class PrequalBalancer(LoadBalancerConfig config, IEndpointProbe? probe) : ILoadBalancer
{
    private const int FewestAnswers = 2;
    private const double RemovedPerPick = 1;   // the paper's r_remove
    private const double Surplus = 1;          // the paper's delta: probes that come in beyond those that go
    private readonly ProbePool _pool = new(config.ProbePool, config.ProbeMaxAge.Ticks, config.HotQuantile);
    private readonly Dictionary<int, int> _places = [];
    private readonly int[] _drawn = new int[config.ProbesPerPick];
    private double _uses;

    /// <summary>The answers held, for tests.</summary>
    public ProbePool Pool => _pool;

    public void Update(Endpoint[] members)
    {
        _places.Clear();
        for (int i = 0; i < members.Length; i++) _places.Add(members[i].Id, i);
        _pool.Retain(_places);
        _uses = Uses(members.Length);
    }

    public int Pick(Endpoint[] members, EndpointStates states, in PickRequest request, ref DrawSequence draws)
    {
        if (members.Length == 1) return 0;
        _pool.Age(request.Now);
        int picked = _pool.Count < FewestAnswers ? KeyedRandom.ToIndex(draws.Next(), members.Length) : _places[_pool.Take()];
        _pool.Remove();
        Probe(members, states, request.Now, ref draws);
        return picked;
    }

    public void Ended(int endpoint, ref EndpointState state, in AttemptSample sample)
    {
        if (probe is not null) return;
        state.Latency = state.Sampled ? state.Latency + (sample.Duration - state.Latency) / 8 : sample.Duration;
        state.Sampled = true;
    }

    /// <summary>
    /// How often an answer is used so that the pool keeps its size: (1 + delta) / ((1 - pool/endpoints)·probes - removed), at least 1 (the paper's b_reuse).
    /// Where probes do not make up for what is removed, only its age ends an answer.
    /// </summary>
    private double Uses(int members)
    {
        double gained = (1 - (double)config.ProbePool / members) * config.ProbesPerPick - RemovedPerPick;
        return gained > 0 ? Math.Max(1, (1 + Surplus) / gained) : int.MaxValue;
    }

    /// <summary>Asks endpoints drawn without replacement; what is no whole number of uses is rounded by a draw.</summary>
    private void Probe(Endpoint[] members, EndpointStates states, long now, ref DrawSequence draws)
    {
        int wanted = Math.Min(config.ProbesPerPick, members.Length);
        for (int i = 0; i < wanted; i++)
        {
            ulong bits = draws.Next();
            int place = Distinct(KeyedRandom.ToIndex(bits, members.Length - i), i);
            int endpoint = members[place].Id;
            if (!TryProbe(endpoint, states, now, out var report)) continue;
            int uses = _uses == int.MaxValue ? int.MaxValue : (int)(_uses + KeyedRandom.ToUnit(bits << 32));
            _pool.Add(endpoint, in report, now, uses);
        }
    }

    /// <summary>The <paramref name="index"/>-th of the places not drawn before.</summary>
    private int Distinct(int index, int drawn)
    {
        int at = 0;
        while (at < drawn && _drawn[at] <= index) { index++; at++; }
        Array.Copy(_drawn, at, _drawn, at + 1, drawn - at);
        _drawn[at] = index;
        return index;
    }

    private bool TryProbe(int endpoint, EndpointStates states, long now, out ProbeReport report)
    {
        if (probe is not null) return probe.TryProbe(endpoint, now, out report);
        ref var state = ref states.GetOrAdd(endpoint);
        report = new ProbeReport(state.InFlight, state.Sampled ? (long)state.Latency : 0);
        return true;
    }
}
