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
/// <param name="proxy">The proxy that picks.</param>
internal sealed class PrequalBalancer(LoadBalancerConfig config, IEndpointProbe? probe, int proxy = 0) : ILoadBalancer, IProbeListener
{
    private const int FewestAnswers = 2;
    private const double RemovedPerPick = 1;   // the paper's r_remove
    private const double Surplus = 1;          // the paper's delta: probes that come in beyond those that go
    private readonly ProbePool _pool = new(config.ProbePool, config.ProbeMaxAge.Ticks, config.HotQuantile);
    private readonly Dictionary<int, int> _places = [];
    private readonly int[] _drawn = new int[config.ProbesPerPick];
    private readonly Lock _inboxLock = new();
    private readonly Answer[] _inbox = new Answer[config.ProbePool];   // beyond a whole pool the oldest would be dropped at once
    private long _came;
    private long _taken;
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
        TakeIn();
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
    internal double Uses(int members)
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
            if (probe is not null) probe.Probe(proxy, endpoint, bits, this);
            else _pool.Add(endpoint, Known(endpoint, states), now, UsesOf(bits));
        }
    }

    /// <summary>The answers that came since the last pick.</summary>
    private void TakeIn()
    {
        lock (_inboxLock)
        {
            for (long i = Math.Max(_taken, _came - _inbox.Length); i < _came; i++)
            {
                ref readonly var answer = ref _inbox[i % _inbox.Length];
                if (_places.ContainsKey(answer.Endpoint)) _pool.Add(answer.Endpoint, answer.Report, answer.At, UsesOf(answer.Key));
            }
            _taken = _came;
        }
    }

    void IProbeListener.Answered(int endpoint, ulong key, in ProbeReport report, long now)
    {
        lock (_inboxLock) _inbox[_came++ % _inbox.Length] = new Answer(endpoint, key, report, now);
    }

    private int UsesOf(ulong bits) => _uses == int.MaxValue ? int.MaxValue : (int)(_uses + KeyedRandom.ToUnit(bits << 32));

    /// <summary>The <paramref name="index"/>-th of the places not drawn before.</summary>
    private int Distinct(int index, int drawn)
    {
        int at = 0;
        while (at < drawn && _drawn[at] <= index) { index++; at++; }
        Array.Copy(_drawn, at, _drawn, at + 1, drawn - at);
        _drawn[at] = index;
        return index;
    }

    private static ProbeReport Known(int endpoint, EndpointStates states)
    {
        ref var state = ref states.GetOrAdd(endpoint);
        return new ProbeReport(state.InFlight, state.Sampled ? (long)state.Latency : 0);
    }

    private readonly record struct Answer(int Endpoint, ulong Key, ProbeReport Report, long At);
}
