using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Workloads;

/// <summary>A source of load: it sends requests of its mix through the ingress proxy, as arrivals or users ask for them.</summary>
internal abstract class Workload
{
    private readonly (double UpTo, MixConfig Config, RequestClass Class)[] _mix;
    private readonly Pool<RootCall> _calls;
    private readonly TimeProvider _time;

    protected Workload(WorkloadConfig config, int index, WorkloadWorld world)
    {
        Config = config;
        World = world;
        Key = world.Random.ChildKey((ulong)index + 1, 0, 0);
        _time = world.Time;
        _calls = new Pool<RootCall>(() => new RootCall());
        double total = config.Mix.Sum(m => m.Weight), upTo = 0;
        _mix = [.. config.Mix.Select(m => ((upTo += m.Weight) / total, m, world.Directory.AddClass(config.To, m.Path)))];
    }

    /// <summary>Requests sent that have not been answered.</summary>
    public int InProgress { get; private set; }

    /// <summary>Requests sent.</summary>
    public long Sent { get; private set; }

    protected WorkloadConfig Config { get; }

    protected WorkloadWorld World { get; }

    protected ulong Key { get; }

    /// <summary>Begins to send, until <paramref name="end"/> (ticks).</summary>
    public abstract void Start(long end);

    public static Workload Create(WorkloadConfig config, int index, WorkloadWorld world) =>
        config.Arrivals == ArrivalProcess.Closed ? new ClosedLoop(config, index, world) : new OpenLoop(config, index, world);

    /// <summary>Sends the request with this number.</summary>
    /// <param name="number">Its number among the workload's requests; its draws follow from it.</param>
    /// <param name="answered">Told when it was answered; may be <c>null</c>.</param>
    protected void SendRequest(ulong number, ClosedLoop.User? answered)
    {
        InProgress++;
        Sent++;
        ulong key = World.Random.Bits(Concern.ChildKey, Key, (int)(number >> 32) + 1, (int)number);
        var (config, target) = Choose(key);
        var timeout = Config.Timeout is { } limit ? new CancellationTokenSource(limit, _time) : null;
        _calls.Rent().Begin(this, config, target, key, answered, timeout);
    }

    private (MixConfig Config, RequestClass Class) Choose(ulong key)
    {
        if (_mix.Length == 1) return (_mix[0].Config, _mix[0].Class);
        double draw = World.Random.Unit(Concern.Mix, key);
        int i = 0;
        while (i < _mix.Length - 1 && draw >= _mix[i].UpTo) i++;
        return (_mix[i].Config, _mix[i].Class);
    }

    /// <summary>A request of the workload on its way. Pooled.</summary>
    private sealed class RootCall : PendingResponse
    {
        private Workload _workload = null!;
        private ClosedLoop.User? _answered;
        private CancellationTokenSource? _timeout;

        public void Begin(Workload workload, MixConfig config, RequestClass target, ulong key, ClosedLoop.User? answered, CancellationTokenSource? timeout)
        {
            _workload = workload;
            _answered = answered;
            _timeout = timeout;
            Request.Class = target;
            Request.Method = config.Method;
            Request.Headers = config.Headers;
            config.Head.ApplyTo(Request);
            Request.BodyBytes = config.RequestBytes;
            Request.Key = key;
            Request.IntendedStart = workload.World.Loop.Now;
            Request.Deadline = workload.Config.Timeout is { } limit ? Request.IntendedStart + limit.Ticks : long.MaxValue;
            Send(workload.World.Loop, workload.World.Ingress, timeout?.Token ?? CancellationToken.None);
        }

        protected override void Completed()
        {
            var answered = _answered;
            _timeout?.Dispose();
            _workload.InProgress--;
            _workload._calls.Return(this);
            answered?.Answered();
        }
    }
}

/// <summary>What workloads need of their world.</summary>
internal sealed record WorkloadWorld(EventLoop Loop, TimeProvider Time, KeyedRandom Random, MeshDirectory Directory, OutboundPipeline Ingress);
