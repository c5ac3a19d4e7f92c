using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Workloads;

/// <summary>A source of load: it sends requests of its mix through the ingress proxy, as arrivals or users ask for them.</summary>
internal abstract class Workload
{
    private readonly RequestClass[] _classes;
    private readonly Pool<RootCall> _calls;
    private readonly TimeProvider _time;

    protected Workload(WorkloadPlan plan, WorkloadWorld world)
    {
        Plan = plan;
        World = world;
        _time = world.Time;
        _calls = new Pool<RootCall>(() => new RootCall());
        _classes = [.. Config.Mix.Select(kind => world.Directory.AddClass(Config.To, kind.Path))];
    }

    /// <summary>Requests sent that have not been answered.</summary>
    public int InProgress { get; private set; }

    /// <summary>Requests sent.</summary>
    public long Sent { get; private set; }

    protected WorkloadPlan Plan { get; }

    protected WorkloadConfig Config => Plan.Config;

    protected WorkloadWorld World { get; }

    /// <summary>Begins to send, until <paramref name="end"/> (ticks).</summary>
    public abstract void Start(long end);

    public static Workload Create(WorkloadConfig config, int index, WorkloadWorld world)
    {
        var plan = new WorkloadPlan(config, index, world.Random);
        return config.Arrivals == ArrivalProcess.Closed ? new ClosedLoop(plan, world) : new OpenLoop(plan, world);
    }

    /// <summary>Sends the request with this key.</summary>
    /// <param name="key">Its key, from the plan; its draws follow from it.</param>
    /// <param name="answered">Told when it was answered; may be <c>null</c>.</param>
    protected void SendRequest(ulong key, ClosedLoop.User? answered)
    {
        InProgress++;
        Sent++;
        int kind = Plan.Choose(key);
        var timeout = Config.Timeout is { } limit ? new CancellationTokenSource(limit, _time) : null;
        _calls.Rent().Begin(this, Config.Mix[kind], _classes[kind], key, answered, timeout);
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
