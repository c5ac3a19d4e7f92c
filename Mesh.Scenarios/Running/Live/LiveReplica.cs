using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Simulator;
using Mesh.Simulator.Randomness;
using Mesh.Simulator.Services;

namespace Mesh.Scenarios.Running.Live;

/// <summary>
/// Hosts one synthetic replica in real time: the state machine that the virtual world drives by events, here under one lock, driven by timers, by threads that burn
/// the processor, and by the answers to calls that it makes through its sidecar.
/// </summary>
internal sealed class LiveReplica : IReplicaHost
{
    private readonly Lock _gate = new();
    private readonly Queue<LiveCall> _done = new();
    private readonly VersionModel _model;
    private readonly Replica _replica;
    private readonly PreciseTimers _timers;
    private readonly LiveClient _outbound;
    private readonly bool _burns;

    public LiveReplica(ServiceConfig service, VersionConfig version, KeyedRandom random, LiveReplicaPorts ports)
    {
        _model = new VersionModel(service, version, new MeshDirectory(), new Distributions());
        _replica = new Replica(_model, random, this);
        _timers = ports.Timers;
        _outbound = ports.Outbound;
        _burns = ports.Work == ServiceWork.Cpu;
    }

    /// <summary>Whether a path has a script, whose calls carry headers on.</summary>
    public bool HasScript(string path) => _model.ClassOf(path).Script.Length > 0;

    /// <summary>What its workers did so far.</summary>
    public ReplicaReading Read()
    {
        lock (_gate)
        {
            var station = _replica.Station;
            station.Observe(_timers.Now);
            return new ReplicaReading(_timers.Now, station.Workers, station.Busy, station.Queued, station.BusyTicks, station.QueuedTicks, station.PeakQueued, station.Served, station.Rejected);
        }
    }

    /// <summary>A fault makes its work slower.</summary>
    public void Begin(Slowdown slowdown)
    {
        lock (_gate) (_replica.Slowdowns ??= []).Add(slowdown);
    }

    /// <summary>The fault is over.</summary>
    public void End(Slowdown slowdown)
    {
        lock (_gate)
        {
            _replica.Slowdowns?.Remove(slowdown);
            if (_replica.Slowdowns?.Count == 0) _replica.Slowdowns = null;
        }
    }

    /// <summary>Answers a request.</summary>
    public async Task<LiveReply> HandleAsync(LiveCallHead head)
    {
        var call = new LiveCall(this, in head);
        call.Server.Begin(_model.ClassOf(head.Path), head.Key, head.Attempt);
        using var abandonment = _model.StopsWhenAbandoned ? head.Aborted.UnsafeRegister(static state => ((LiveCall)state!).Abandon(), call) : default;
        lock (_gate)
        {
            _replica.Arrive(call.Server, _timers.Now);
            FinishWork();
        }
        return await call.Answer.ConfigureAwait(false);
    }

    /// <summary>The time of a request's work is over.</summary>
    public void WorkDone(LiveCall call)
    {
        lock (_gate)
        {
            // It was abandoned, or put off, at the very moment at which its time came.
            if (!call.IsWorking || call.IsScheduled) return;
            _done.Enqueue(call);
            FinishWork();
        }
    }

    /// <summary>The client went away.</summary>
    public void Abandon(LiveCall call)
    {
        lock (_gate)
        {
            if (call.Answer.IsCompleted) return;
            _replica.Abandon(call.Server, _timers.Now);
            FinishWork();
        }
    }

    /// <summary>A call that a request inside made was answered, or a pause of its script is over.</summary>
    public void BranchDone(ServerCall call, bool failed)
    {
        lock (_gate)
        {
            _replica.BranchDone(call, failed, _timers.Now);
            FinishWork();
        }
    }

    void IReplicaHost.StartWork(ServerCall call, long due)
    {
        var live = (LiveCall)call.Host!;
        live.IsWorking = true;
        if (_burns) ThreadPool.UnsafeQueueUserWorkItem(static call => call.Burn(), live, preferLocal: false);
        else if (due <= _timers.Now) _done.Enqueue(live);
        else _timers.Schedule(live, due);
    }

    void IReplicaHost.StopWork(ServerCall call)
    {
        var live = (LiveCall)call.Host!;
        live.IsWorking = false;
        _timers.Cancel(live);
    }

    void IReplicaHost.Sleep(ServerCall call, long ticks) => _timers.Schedule(new Pause(this, call), _timers.Now + ticks);

    void IReplicaHost.Send(ServerCall call, CallModel target, ulong key) =>
        ThreadPool.UnsafeQueueUserWorkItem(static call => _ = call.Replica.CallAsync(call.Server, call.Target, call.Key), (Replica: this, Server: call, Target: target, Key: key), preferLocal: true);

    void IReplicaHost.Reply(ServerCall call, int status, long bytes, int grpcStatus) =>
        ((LiveCall)call.Host!).Reply(new LiveReply(status, grpcStatus, bytes, call.Demand));

    /// <summary>Takes work as done, whose end may let other work begin that takes no time. The state machine is never called from inside itself.</summary>
    private void FinishWork()
    {
        while (_done.TryDequeue(out var call))
        {
            if (!call.IsWorking) continue;
            call.IsWorking = false;
            _replica.WorkDone(call.Server, _timers.Now);
        }
    }

    private async Task CallAsync(ServerCall call, CallModel target, ulong key)
    {
        var live = (LiveCall)call.Host!;
        var request = new MeshRequest
        {
            Class = target.Target,
            Method = target.Config.Method,
            Headers = target.Config.Headers,
            BodyBytes = target.Config.RequestBytes,
            Key = key,
            ParentKey = call.Key,
            ParentAttempt = call.Attempt,
            IntendedStart = _timers.Now,
            Deadline = live.Head.Deadline,
        };
        target.Config.Head.ApplyTo(request);
        var answer = await _outbound.SendAsync(request, live.Head.PassedOn, _model.StopsWhenAbandoned ? live.Head.Aborted : CancellationToken.None).ConfigureAwait(false);
        BranchDone(call, failed: !answer.Succeeded && !target.Config.Optional);
    }

    private sealed class Pause(LiveReplica replica, ServerCall call) : PreciseTimer
    {
        public override void Elapse() => replica.BranchDone(call, failed: false);
    }
}

/// <summary>What replicas of one process share.</summary>
/// <param name="Timers">Their timers.</param>
/// <param name="Outbound">The way of the calls that they make.</param>
/// <param name="Work">How they do their own work.</param>
internal sealed record LiveReplicaPorts(PreciseTimers Timers, LiveClient Outbound, ServiceWork Work = ServiceWork.Timer);

/// <summary>How a synthetic service does its own work.</summary>
internal enum ServiceWork
{
    /// <summary>It waits: replicas do not disturb each other, whatever the machine. <c>timer</c></summary>
    Timer,
    /// <summary>It burns so much processor time. <c>cpu</c></summary>
    Cpu,
}

/// <summary>What the workers of a replica did until an instant; two readings give what they did between.</summary>
/// <param name="At">When, in ticks.</param>
/// <param name="Workers">Its workers.</param>
/// <param name="Busy">Workers held at that instant.</param>
/// <param name="Queued">Requests that waited at that instant.</param>
/// <param name="BusyTicks">Worker-ticks held so far.</param>
/// <param name="QueuedTicks">Request-ticks waited so far.</param>
/// <param name="PeakQueued">The most that ever waited at once.</param>
/// <param name="Served">Requests whose work was done.</param>
/// <param name="Rejected">Requests turned away.</param>
internal readonly record struct ReplicaReading(long At, int Workers, int Busy, int Queued, double BusyTicks, double QueuedTicks, int PeakQueued, long Served, long Rejected);
