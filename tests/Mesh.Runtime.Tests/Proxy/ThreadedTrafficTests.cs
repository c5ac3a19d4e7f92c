using System.Collections.Concurrent;
using CsCheck;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Telemetry;
using Xunit.Abstractions;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>
/// The request path as the live world runs it: many threads, the system's time, callers that give up at any instant, and snapshots that are swapped meanwhile. Rounds of random policies over the same pooled objects.
/// </summary>
public sealed class ThreadedTrafficTests : IMeshEvents
{
    private const int Callers = 48;
    private const int CallsPerCaller = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ITestOutputHelper _output;
    private readonly SortedDictionary<string, int> _seen = new(StringComparer.Ordinal);
    private readonly LiveTime _time = new();
    private readonly MeshDirectory _directory = new();
    private readonly ConcurrentQueue<MeshEvent> _events = [];
    private readonly ThreadedUpstream _upstream;
    private readonly DataPlane _plane;
    private readonly OutboundPipeline _outbound;
    private readonly InboundPipeline _inbound;
    private readonly RequestClass _class;
    private ulong _nextKey;
    private long _version;

    public ThreadedTrafficTests(ITestOutputHelper output)
    {
        _output = output;
        _class = _directory.AddClass("payments", "/pay");
        _upstream = new ThreadedUpstream(_time);
        _plane = new DataPlane(_time, new KeyedRandom(1), this, _upstream) { HealthProbe = _upstream, Probe = _upstream, Directory = _directory };
        _outbound = new OutboundPipeline(_plane, new ProxyEntry(0, "test", -1, ""), "spiffe://cluster.local/ns/default/sa/test");
        _inbound = _upstream.Inbound = new InboundPipeline(_plane, new ProxyEntry(1, "payments-0", 0, ""), 0, _upstream);
    }

    void IMeshEvents.On(in MeshEvent e) => _events.Enqueue(e);

    [Fact]
    public async Task Every_request_ends_once_and_nothing_is_left_behind()
    {
        long until = _time.GetTimestamp() + Stress.Factor * 3 * TimeSpan.TicksPerSecond;
        int rounds = 0;
        do
        {
            var (policy, faults) = (With(RandomPolicies.All.Single()), OneIn(2) ? RandomPolicies.Faults.Single() : []);
            try
            {
                await RoundAsync(policy, faults);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"round {rounds} under {policy} with {string.Join<FaultConfig>(", ", faults)}: {error.Message}", error);
            }
            rounds++;
        }
        while (_time.GetTimestamp() < until);
        _output.WriteLine($"{rounds} rounds of {Callers * CallsPerCaller} requests");
        foreach (var (what, times) in _seen) _output.WriteLine($"{what,-30} {times}");
    }

    private async Task RoundAsync(PolicyConfig policy, FaultConfig[] faults)
    {
        _events.Clear();
        Apply(policy);
        ulong first = _nextKey;
        ActiveFault[] active = [.. faults.Select(fault => _plane.Faults.Begin(fault, 0, new FaultSpan(0, long.MaxValue)))];
        using var over = new CancellationTokenSource();
        var swaps = SwapAsync(policy, over.Token);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(CallAsync)));
        await over.CancelAsync();
        await swaps;
        foreach (var fault in active) _plane.Faults.End(fault);
        Apply(policy with { HealthCheck = null });
        await QuietAsync();

        AssertAllEnded([.. Enumerable.Range(0, (int)(_nextKey - first)).Select(i => first + (ulong)i)]);
        Assert.All(active, fault => Assert.Equal(0, fault.Held));
        foreach (var e in _events)
        {
            Count(e.Kind.ToString());
            if (e.Kind == MeshEventKind.RequestEnded) Count($"RequestEnded {e.Outcome} {e.Flags.ToEnvoyText()}");
        }
    }

    private void Count(string what) => _seen[what] = _seen.GetValueOrDefault(what) + 1;

    private async Task CallAsync()
    {
        for (int i = 0; i < CallsPerCaller; i++)
            await new ThreadedCall(_time).RunAsync(_outbound, _class, Interlocked.Increment(ref _nextKey) - 1);
    }

    /// <summary>Snapshots with other endpoints, another balancer, other caps and another breaker, one after the other.</summary>
    private async Task SwapAsync(PolicyConfig policy, CancellationToken over)
    {
        var other = RandomPolicies.Common.Single();
        for (int i = 0; !over.IsCancellationRequested; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), _time, CancellationToken.None);
            bool changes = i % 3 == 0;
            Apply(changes ? policy with { LoadBalancer = other.LoadBalancer, Limits = other.Limits, CircuitBreaker = other.CircuitBreaker } : policy, i % 4);
        }
    }

    private void Apply(PolicyConfig policy, int first = 0)
    {
        var model = new ServiceModel { Id = 0, Name = "payments", Endpoints = [.. Enumerable.Range(first, 4).Select(TestMesh.Endpoint)], Policy = ServicePolicy.From(policy) };
        var snapshot = new MeshSnapshot(++_version, [model]);
        _outbound.Apply(snapshot);
        _inbound.Apply(snapshot);
    }

    /// <summary>What the callee's sidecar does, and checks of endpoints; and so much room at the caller's that most requests get as far as an attempt.</summary>
    private static PolicyConfig With(PolicyConfig policy) => policy with
    {
        Limits = OneIn(3) ? policy.Limits : new LimitsConfig { MaxRequests = 60, MaxConnections = 16, MaxPendingRequests = 60 },
        AdmissionControl = OneIn(4) ? policy.AdmissionControl : null,
        Throttle = OneIn(4) ? policy.Throttle : null,
        AdaptiveConcurrency = OneIn(2) ? new AdaptiveConcurrencyConfig { Algorithm = (ConcurrencyAlgorithm)Random.Shared.Next(4), InitialLimit = 4, MinRttRequests = 5 } : null,
        LoadShedding = OneIn(2) ? new LoadSheddingConfig { MaxRequests = 3 } : null,
        RateLimit = OneIn(2) ? new RateLimitConfig { Bucket = new TokenBucketConfig { Rate = 500, Burst = 5 } } : null,
        HealthCheck = OneIn(2) ? new HealthCheckConfig { Interval = TimeSpan.FromMilliseconds(2), NoTrafficInterval = TimeSpan.FromMilliseconds(2), Timeout = TimeSpan.FromMilliseconds(4) } : null,
    };

    private static bool OneIn(int several) => Random.Shared.Next(several) == 0;

    /// <summary>Beaten hedges, copies, bodies that nobody reads and checks end a little later than the last request.</summary>
    private async Task QuietAsync()
    {
        long until = _time.GetTimestamp() + Patience.Ticks;
        while (_upstream.Open > 0 || Count(MeshEventKind.AttemptStarted) != Count(MeshEventKind.AttemptEnded) || State.Endpoints.TotalInFlight > 0)
        {
            Assert.True(_time.GetTimestamp() < until, $"after {Patience} there are {_upstream.Open} open, {Count(MeshEventKind.AttemptStarted)} attempts started, {Count(MeshEventKind.AttemptEnded)} ended, {State.Endpoints.TotalInFlight} in flight");
            await Task.Delay(TimeSpan.FromMilliseconds(1), _time, CancellationToken.None);
        }
    }

    private void AssertAllEnded(ulong[] keys)
    {
        Assert.Empty(_upstream.Complaints);
        Assert.Equal(keys, Keys(MeshEventKind.RequestStarted));
        Assert.Equal(keys, Keys(MeshEventKind.RequestEnded));
        Assert.DoesNotContain(_events, e => e.Kind == MeshEventKind.RequestEnded && e.Flags.HasFlag(ResponseFlags.LR));
        Assert.Equal(Attempts(MeshEventKind.AttemptStarted), Attempts(MeshEventKind.AttemptEnded));
        Assert.Equal(Count(MeshEventKind.InboundStarted), Count(MeshEventKind.InboundEnded));
        Assert.Equal((0, 0), (_inbound.Probe(_time.GetTimestamp()).InFlight, _inbound.Limits?.InFlight ?? 0));
        Assert.Equal(0, State.Repeats.RetriesHeld);
        Assert.Equal((0, 0), (State.Limits.Requests, State.Limits.Pending));
        int open = 0;
        for (int endpoint = 0; endpoint < 8; endpoint++)
        {
            Assert.Equal(0, State.Endpoints.InFlight(endpoint));
            open += State.Endpoints.GetOrAdd(endpoint).Connections?.Open ?? 0;
        }
        Assert.Equal(open, State.Limits.Connections);
    }

    private ServiceState State => _outbound.Service(0)!;

    private int Count(MeshEventKind kind) => _events.Count(e => e.Kind == kind);

    private IEnumerable<ulong> Keys(MeshEventKind kind) => _events.Where(e => e.Kind == kind).Select(e => e.Request).Order();

    private IEnumerable<(ulong, int, int)> Attempts(MeshEventKind kind) => _events.Where(e => e.Kind == kind).Select(e => (e.Request, e.Attempt, e.Endpoint)).Order();
}
