using Mesh.Runtime.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Workloads;

/// <summary>Arrivals that do not wait for answers: Poisson, or at equal gaps. Each starts when it is due, so latency hides no late start.</summary>
internal sealed class OpenLoop : Workload
{
    private readonly RateSchedule _schedule;
    private readonly Arrival _arrival;
    private readonly bool _poisson;
    private double _expected;
    private ulong _number;
    private long _end;

    public OpenLoop(WorkloadConfig config, int index, WorkloadWorld world) : base(config, index, world)
    {
        _schedule = new RateSchedule(config.Stages);
        _arrival = new Arrival(this);
        _poisson = config.Arrivals == ArrivalProcess.Poisson;
    }

    public override void Start(long end)
    {
        _end = end;
        ScheduleNext();
    }

    private void ScheduleNext()
    {
        _expected += _poisson
            ? -Math.Log(1 - World.Random.Unit(Concern.Arrival, Key, (int)(_number >> 32), (int)_number))
            : 1;
        long due = _schedule.TimeOf(_expected);
        if (due >= 0 && due < _end) World.Loop.Schedule(_arrival, Math.Max(due, World.Loop.Now));
    }

    private sealed class Arrival(OpenLoop workload) : SimEvent
    {
        protected internal override void Fire()
        {
            workload.SendRequest(workload._number++, answered: null);
            workload.ScheduleNext();
        }
    }
}
