using BenchmarkDotNet.Attributes;
using Mesh.Runtime.Model;
using Mesh.Runtime.Overload;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.RateLimiting;

namespace Mesh.Benchmarks.Decisions;

/// <summary>Decisions to admit: what a request costs in the callee's and in the caller's sidecar. 10,000 requests a second come, each taking 1 ms.</summary>
[MemoryDiagnoser]
public class AdmitBenchmarks
{
    private const long Gap = TimeSpan.TicksPerSecond / 10_000;
    private const int Clients = 64;
    private readonly KeyedRandom _random = new(1);
    private readonly MeshRequest[] _requests = new MeshRequest[Clients];
    private AdaptiveConcurrency _gradient = null!;
    private AdaptiveConcurrency _vegas = null!;
    private AdmissionController _admission = null!;
    private ClientThrottle _throttle = null!;
    private LoadShedder _shedder = null!;
    private RateLimiter _bucket = null!;
    private RateLimiter _clients = null!;
    private InboundLimits _inbound = null!;
    private long _now;
    private ulong _key;

    /// <summary>One of each, with 64 clients' requests.</summary>
    [GlobalSetup]
    public void Setup()
    {
        for (int i = 0; i < Clients; i++) _requests[i] = new MeshRequest { Class = new RequestClass(0, 0, "s", "/pay"), Headers = [new("x-client", $"client-{i}"), new("x-priority", "low")] };
        var bucket = new TokenBucketConfig { Rate = 9_000, Burst = 100 };
        var vegas = new AdaptiveConcurrencyConfig { Algorithm = ConcurrencyAlgorithm.Vegas };
        var perClient = new RateLimitConfig { Bucket = bucket, Per = [new() { Header = "x-client", Bucket = bucket }], MaxDynamicDescriptors = 1000 };
        _gradient = new AdaptiveConcurrency(new AdaptiveConcurrencyConfig(), _random, 1, 0);
        _vegas = new AdaptiveConcurrency(vegas, _random, 1, 0);
        _admission = new AdmissionController(new AdmissionControlConfig());
        _throttle = new ClientThrottle(new ThrottleConfig());
        _shedder = new LoadShedder(new LoadSheddingConfig());
        _bucket = new RateLimiter(new RateLimitConfig { Bucket = bucket }, 0);
        _clients = new RateLimiter(perClient, 0);
        _inbound = InboundLimits.For(ServicePolicy.From(new PolicyConfig { RateLimit = perClient, AdaptiveConcurrency = vegas, LoadShedding = new LoadSheddingConfig() }), _random, 1, 0, null)!;
    }

    /// <summary>A request enters and leaves under Envoy's gradient; every thousandth pays for a window.</summary>
    [Benchmark]
    public int Gradient() => EnterAndExit(_gradient);

    /// <summary>A request enters and leaves under Vegas, which moves with each.</summary>
    [Benchmark]
    public int Vegas() => EnterAndExit(_vegas);

    /// <summary>Admission control: the decision, and the answer's count.</summary>
    [Benchmark]
    public bool AdmissionControl()
    {
        _now += Gap;
        bool admitted = _admission.Admit(_now, _random.Bits(Concern.Admission, ++_key));
        if (admitted) _admission.Record(_now, (_key & 7) != 0);
        return admitted;
    }

    /// <summary>The throttle: the decision, and the accept.</summary>
    [Benchmark]
    public bool Throttle()
    {
        _now += Gap;
        bool admitted = _throttle.Admit(_now, _random.Unit(Concern.Admission, ++_key));
        if (admitted && (_key & 3) == 0) _throttle.Accepted(_now);
        return admitted;
    }

    /// <summary>Load shedding, the header's priority included.</summary>
    [Benchmark]
    public bool Shed()
    {
        bool admitted = _shedder.TryEnter(_shedder.PriorityOf(Next().Headers));
        if (admitted) _shedder.Exit();
        return admitted;
    }

    /// <summary>One token bucket.</summary>
    [Benchmark]
    public bool TokenBucket() => _bucket.Decide(Next(), null, 1, _now += Gap).Allowed;

    /// <summary>A bucket for each of 64 clients, and the one for all.</summary>
    [Benchmark]
    public bool TokenBucketPerClient() => _clients.Decide(Next(), null, 1, _now += Gap).Allowed;

    /// <summary>All that a callee's sidecar has: buckets per client, Vegas, shedding.</summary>
    [Benchmark]
    public bool Inbound()
    {
        _now += Gap;
        bool admitted = _inbound.TryEnter(Next(), _now, out _, out var slot);
        if (admitted) _inbound.Exit(slot, 200, _now + TimeSpan.TicksPerMillisecond);
        return admitted;
    }

    private MeshRequest Next() => _requests[++_key % Clients];

    private int EnterAndExit(AdaptiveConcurrency limit)
    {
        _now += Gap;
        if (limit.TryEnter(_now, out var slot)) limit.Exit(slot with { StartedAt = _now - TimeSpan.TicksPerMillisecond }, _now, ExitOutcome.Answered);
        return limit.Limit;
    }
}
