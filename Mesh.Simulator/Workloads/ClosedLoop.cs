using Mesh.Simulator.Time;

namespace Mesh.Simulator.Workloads;

/// <summary>A number of users, each of whom thinks, sends a request, waits for the answer, and thinks again.</summary>
internal sealed class ClosedLoop(WorkloadPlan plan, WorkloadWorld world) : Workload(plan, world)
{
    private long _end;

    public override void Start(long end)
    {
        _end = end;
        for (int i = 0; i < Config.Users; i++) new User(this, i).Think();
    }

    internal sealed class User(ClosedLoop workload, int index) : SimEvent
    {
        private int _requests;

        public void Answered() => Think();

        public void Think()
        {
            long pause = workload.Plan.ThinkTicks(index, _requests);
            if (workload.World.Loop.Now + pause < workload._end) workload.World.Loop.ScheduleAfter(this, pause);
        }

        protected internal override void Fire() => workload.SendRequest(workload.Plan.KeyOf(index, _requests++), this);
    }
}
