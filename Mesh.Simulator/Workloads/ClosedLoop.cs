using Mesh.Runtime.Randomness;
using Mesh.Simulator.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Workloads;

/// <summary>A number of users, each of whom thinks, sends a request, waits for the answer, and thinks again.</summary>
internal sealed class ClosedLoop : Workload
{
    private readonly Distribution _thinkTime;
    private long _end;

    public ClosedLoop(WorkloadConfig config, int index, WorkloadWorld world) : base(config, index, world) =>
        _thinkTime = Distribution.Create(config.ThinkTime);

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
            long pause = workload._thinkTime.SampleTicks(workload.World.Random.Bits(Concern.ThinkTime, workload.Key, index, _requests));
            if (workload.World.Loop.Now + pause < workload._end) workload.World.Loop.ScheduleAfter(this, pause);
        }

        protected internal override void Fire() => workload.SendRequest((ulong)index << 32 | (uint)_requests++, this);
    }
}
