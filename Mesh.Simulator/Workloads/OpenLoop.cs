using Mesh.Simulator.Time;

namespace Mesh.Simulator.Workloads;

/// <summary>Arrivals that do not wait for answers: Poisson, or at equal gaps. Each starts when it is due, so latency hides no late start.</summary>
internal sealed class OpenLoop : Workload
{
    private readonly IEnumerator<long> _arrivals;
    private readonly Arrival _arrival;
    private ulong _number;
    private long _end;

    public OpenLoop(WorkloadPlan plan, WorkloadWorld world) : base(plan, world)
    {
        _arrivals = plan.Arrivals().GetEnumerator();
        _arrival = new Arrival(this);
    }

    public override void Start(long end)
    {
        _end = end;
        ScheduleNext();
    }

    private void ScheduleNext()
    {
        if (_arrivals.MoveNext() && _arrivals.Current < _end) World.Loop.Schedule(_arrival, Math.Max(_arrivals.Current, World.Loop.Now));
    }

    private sealed class Arrival(OpenLoop workload) : SimEvent
    {
        protected internal override void Fire()
        {
            workload.SendRequest(workload.Plan.KeyOf(workload._number++), answered: null);
            workload.ScheduleNext();
        }
    }
}
