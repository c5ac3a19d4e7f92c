using Mesh.Runtime.Faults;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Services;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Faults;

/// <summary>The timeline: it puts each fault in force when its time has come, and out of force again.</summary>
internal sealed class FaultSchedule
{
    private readonly Entry[] _entries;

    public FaultSchedule(WorldConfig config, FaultWorld world)
    {
        _entries = [.. config.Faults.Select((plan, number) => new Entry(plan, number, FaultAction.Create(plan, config, world), config.Duration, world))];
        world.Fleet.Joined = Joined;
    }

    /// <summary>What each fault was asked to do so far, and what it did; in the file's order.</summary>
    public IReadOnlyList<FaultMeasure> Measures => [.. _entries.Select(entry => entry.Measure)];

    /// <summary>Sets the clock for every fault.</summary>
    public void Start()
    {
        foreach (var entry in _entries) entry.Next();
    }

    private void Joined(VirtualReplica replica)
    {
        foreach (var entry in _entries) entry.Joined(replica);
    }

    /// <summary>One fault and its next change, which is one event used again and again.</summary>
    private sealed class Entry(FaultPlanConfig plan, int number, FaultAction action, TimeSpan duration, FaultWorld world) : SimEvent
    {
        private readonly Queue<TimeSpan> _beginnings = new(plan.Beginnings(duration));
        private bool _inForce;

        public FaultMeasure Measure => new(plan.Name, action.Times, [.. action.Hit.Values], action.Count, action.RequestedDelay);

        public void Next()
        {
            if (_beginnings.TryDequeue(out var at)) world.Loop.Schedule(this, at.Ticks);
        }

        public void Joined(VirtualReplica replica)
        {
            if (_inForce) action.Joined(replica);
        }

        protected internal override void Fire()
        {
            _inForce = !_inForce;
            Report();
            if (_inForce)
            {
                long end = Due + plan.For.Ticks;
                action.Begin(new FaultSpan(Due, end, plan.Ramp.Ticks));
                world.Loop.Schedule(this, end);
            }
            else
            {
                action.End();
                Next();
            }
        }

        private void Report() => world.Events.On(new MeshEvent
        {
            At = Due,
            Kind = MeshEventKind.FaultPhase,
            Proxy = -1,
            Service = plan.Target.Service is { } service ? world.Directory.FindService(service) : -1,
            Class = -1,
            Attempt = number,
            Endpoint = -1,
            Outcome = _inForce ? 1 : 0,
        });
    }
}
