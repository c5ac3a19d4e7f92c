using Mesh.Runtime.Randomness;

namespace Mesh.Simulator.Services;

/// <summary>
/// The synthetic service: one replica as a pure state machine, without clock, socket or thread. The virtual world drives it by events;
/// an HTTP host can drive it by timers. A request queues for a worker, is worked on, then follows its class's script, and is answered.
/// </summary>
public sealed class Replica
{
    private readonly VersionModel _model;
    private readonly KeyedRandom _random;
    private readonly IReplicaHost _host;

    /// <summary>A replica without a request.</summary>
    /// <param name="model">The version that it runs.</param>
    /// <param name="random">The world's draws.</param>
    /// <param name="host">The world that it runs in. The replica is called by one thread at a time, and calls the host only from inside such a call.</param>
    public Replica(VersionModel model, KeyedRandom random, IReplicaHost host)
    {
        _model = model;
        _random = random;
        _host = host;
        Station = model.Discipline == QueueDiscipline.Fifo
            ? new FifoStation(model.Config.Workers, model.Config.Queue, host)
            : new SharingStation(model.Config.Workers, model.Config.Queue, host);
    }

    /// <summary>Its workers and its waiting room.</summary>
    public Station Station { get; }

    /// <summary>Faults that make its work slower; <c>null</c> for none.</summary>
    public List<Slowdown>? Slowdowns { get; set; }

    /// <summary>A request came in.</summary>
    public void Arrive(ServerCall call, long now)
    {
        var what = call.Class;
        if (what.ErrorRate > 0 && _random.Unit(Concern.Error, call.Key, call.Attempt) < what.ErrorRate)
        {
            var version = _model.Config;
            _host.Reply(call, version.ErrorGrpcStatus is null ? version.ErrorStatus : 200, 0, version.ErrorGrpcStatus ?? 0);
            return;
        }
        call.Demand = what.ServiceTime.SampleTicks(_random.Bits(Concern.ServiceTime, call.Key, call.Attempt));
        if (Slowdowns is not null)
            foreach (var slowdown in Slowdowns) call.Demand = slowdown.Apply(call.Demand, _random, call.Key, call.Attempt, now);
        if (!Station.Offer(call, now)) _host.Reply(call, 503, 0);
    }

    /// <summary>A call's own work is done.</summary>
    public void WorkDone(ServerCall call, long now)
    {
        Station.Worked(call, now, release: _model.Hold == WorkerHold.OwnWork);
        Advance(call, now);
    }

    /// <summary>A call that the script made was answered, or a pause is over.</summary>
    /// <param name="call">The call whose script it is.</param>
    /// <param name="failed">Whether the answer was no success and matters.</param>
    /// <param name="now">The time in ticks.</param>
    public void BranchDone(ServerCall call, bool failed, long now)
    {
        call.Failed |= failed;
        if (--call.Pending == 0) Advance(call, now);
    }

    /// <summary>The client went away, and this service is one that then stops working.</summary>
    public void Abandon(ServerCall call, long now)
    {
        call.Abandoned = true;
        if (Station.TryRemove(call, now)) Finish(call, now);   // else its branches end first
    }

    private void Advance(ServerCall call, long now)
    {
        var script = call.Class.Script;
        while (call.Step < script.Length && !call.Failed && !call.Abandoned)
        {
            Start(call, script[call.Step++]);
            if (call.Pending > 0) return;
        }
        Finish(call, now);
    }

    private void Start(ServerCall call, StepModel step)
    {
        switch (step)
        {
            case CallModel target:
                double probability = target.Config.Probability;
                if (probability < 1 && _random.Unit(Concern.Branch, call.Key, call.Attempt, step.Index) >= probability) return;
                call.Pending++;
                _host.Send(call, target, _random.ChildKey(call.Key, call.Attempt, step.Index));
                break;
            case ParallelModel parallel:
                foreach (var branch in parallel.Branches) Start(call, branch);
                break;
            case OneOfModel oneOf:
                Start(call, oneOf.Choose(_random.Unit(Concern.Branch, call.Key, call.Attempt, step.Index)));
                break;
            case SleepModel sleep:
                call.Pending++;
                _host.Sleep(call, sleep.Time.SampleTicks(_random.Bits(Concern.Sleep, call.Key, call.Attempt, step.Index)));
                break;
        }
    }

    private void Finish(ServerCall call, long now)
    {
        if (call.HoldsWorker) Station.Release(call, now);
        bool failed = call.Failed || call.Abandoned;
        _host.Reply(call, failed ? 500 : 200, failed ? 0 : call.Class.ResponseBytes);
    }
}
