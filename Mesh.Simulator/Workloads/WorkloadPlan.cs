using Mesh.Runtime.Randomness;
using Mesh.Simulator.Randomness;

namespace Mesh.Simulator.Workloads;

/// <summary>
/// What a workload sends and when, without a world: the keys, choices, arrival times and pauses that follow from the seed.
/// Both worlds send by it, so that a live run has the arrivals of the virtual one.
/// </summary>
public sealed class WorkloadPlan
{
    private readonly KeyedRandom _random;
    private readonly double[] _upTo;
    private readonly Distribution _thinkTime;
    private readonly ulong _key;

    /// <summary>The plan of a workload.</summary>
    /// <param name="config">The workload.</param>
    /// <param name="index">Its place in the file, from 0.</param>
    /// <param name="random">The run's draws.</param>
    public WorkloadPlan(WorkloadConfig config, int index, KeyedRandom random)
    {
        Config = config;
        _random = random;
        _key = random.ChildKey((ulong)index + 1, 0, 0);
        _thinkTime = Distribution.Create(config.ThinkTime);
        double total = config.Mix.Sum(kind => kind.Weight), upTo = 0;
        _upTo = [.. config.Mix.Select(kind => (upTo += kind.Weight) / total)];
    }

    /// <summary>What the user wrote.</summary>
    public WorkloadConfig Config { get; }

    /// <summary>The key of the request with this number among an open loop's, from 0.</summary>
    public ulong KeyOf(ulong number) => _random.Bits(Concern.ChildKey, _key, (int)(number >> 32) + 1, (int)number);

    /// <summary>The key of a closed-loop user's request with this number, from 0.</summary>
    public ulong KeyOf(int user, int request) => KeyOf((ulong)user << 32 | (uint)request);

    /// <summary>Which request of the mix the one with this key is.</summary>
    public int Choose(ulong key)
    {
        if (_upTo.Length == 1) return 0;
        double draw = _random.Unit(Concern.Mix, key);
        int i = 0;
        while (i < _upTo.Length - 1 && draw >= _upTo[i]) i++;
        return i;
    }

    /// <summary>Ticks that a closed-loop user pauses before the request with this number.</summary>
    public long ThinkTicks(int user, int request) => _thinkTime.SampleTicks(_random.Bits(Concern.ThinkTime, _key, user, request));

    /// <summary>The times of an open loop's requests in ticks from the start of the run, ascending, until its stages are over.</summary>
    public IEnumerable<long> Arrivals()
    {
        var schedule = new RateSchedule(Config.Stages);
        bool poisson = Config.Arrivals == ArrivalProcess.Poisson;
        double expected = 0;
        for (ulong number = 0; ; number++)
        {
            expected += poisson ? -Math.Log(1 - _random.Unit(Concern.Arrival, _key, (int)(number >> 32), (int)number)) : 1;
            long due = schedule.TimeOf(expected);
            if (due < 0) yield break;
            yield return due;
        }
    }
}
