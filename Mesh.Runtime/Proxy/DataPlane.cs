using Mesh.Runtime.Faults;
using Mesh.Runtime.LoadBalancing.Prequal;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;
using Microsoft.Extensions.ObjectPool;
using Polly.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// What all proxies of one world share: its ports (time, draws, events, upstream), the stateless Polly pipelines and the pools.
/// Made once, at the composition root.
/// </summary>
public sealed class DataPlane
{
    private const int PooledAtMost = 1 << 16;

    /// <summary>A data plane over these ports.</summary>
    /// <param name="time">The world's time.</param>
    /// <param name="random">The world's draws.</param>
    /// <param name="events">Where decisions are reported.</param>
    /// <param name="upstream">The way to endpoints.</param>
    /// <param name="polly">Told what Polly's strategies do, on the deciding thread; <c>null</c> switches their telemetry off.</param>
    public DataPlane(TimeProvider time, KeyedRandom random, IMeshEvents events, IUpstream upstream, TelemetryListener? polly = null)
    {
        Polly = polly;
        Time = time;
        Random = random;
        Events = events;
        Upstream = upstream;
        Faults = new FaultTable(random);
        Exchanges = new DefaultObjectPool<Exchange>(new ExchangePool(), PooledAtMost);
        Attempts = new DefaultObjectPool<Attempt>(new AttemptPool(this), PooledAtMost);
        Waits = new DefaultObjectPool<BackoffWait>(new WaitPool(this), PooledAtMost);
        Retry = new RetryPipeline(this);
    }

    /// <summary>The world's time.</summary>
    public TimeProvider Time { get; }

    /// <summary>The world's draws.</summary>
    public KeyedRandom Random { get; }

    /// <summary>The faults in force.</summary>
    public FaultTable Faults { get; }

    /// <summary>How balancers that probe ask endpoints about themselves; <c>null</c> where the world cannot.</summary>
    public IEndpointProbe? Probe { get; init; }

    /// <summary>The way of active health checks; <c>null</c> where none are made.</summary>
    public Health.IHealthProbe? HealthProbe { get; init; }

    /// <summary>The names of the world, where rewritten requests and copies find their class.</summary>
    public MeshDirectory Directory { get; init; } = new();

    /// <summary>Whom authorization's CUSTOM rules ask whether a request may pass; <c>null</c> refuses all that they match.</summary>
    public Func<MeshRequest, bool>? ExternalAuthorizer { get; init; }

    internal TelemetryListener? Polly { get; }

    internal IMeshEvents Events { get; }

    internal IUpstream Upstream { get; }

    internal ObjectPool<Exchange> Exchanges { get; }

    internal ObjectPool<Attempt> Attempts { get; }

    internal RetryPipeline Retry { get; }

    private ObjectPool<BackoffWait> Waits { get; }

    /// <summary>Waits in the world's time, or until the caller gives up.</summary>
    internal async ValueTask WaitAsync(long ticks, CancellationToken caller)
    {
        var wait = Waits.Get();
        await wait.For(ticks, caller).ConfigureAwait(false);
        Waits.Return(wait);
    }

    /// <summary>Ticks of 100 ns since the time provider's origin.</summary>
    internal long Now => Time.TimestampFrequency == TimeSpan.TicksPerSecond ? Time.GetTimestamp() : Time.GetElapsedTime(0, Time.GetTimestamp()).Ticks;

    private sealed class ExchangePool : PooledObjectPolicy<Exchange>
    {
        public override Exchange Create() => new();
        public override bool Return(Exchange exchange) => true;
    }

    private sealed class WaitPool(DataPlane plane) : PooledObjectPolicy<BackoffWait>
    {
        public override BackoffWait Create() => new(plane);
        public override bool Return(BackoffWait wait) => true;
    }

    private sealed class AttemptPool(DataPlane plane) : PooledObjectPolicy<Attempt>
    {
        public override Attempt Create() => new(plane);
        public override bool Return(Attempt attempt) => attempt.TryReset();
    }
}
