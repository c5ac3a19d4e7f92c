using Mesh.Runtime.Health;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator.Time;

namespace Mesh.Runtime.Tests.Health;

/// <summary>The driver of health checks, through a proxy's own service state, over a scripted probe.</summary>
public sealed class HealthCheckerTests : IMeshEvents, IHealthProbe
{
    private static readonly PolicyConfig Policy = new()
    {
        HealthCheck = new HealthCheckConfig { NoTrafficInterval = TimeSpan.FromSeconds(5), UnhealthyThreshold = 2, HealthyThreshold = 2 },
        OutlierDetection = new OutlierDetectionConfig { MaxEjectionPercent = 1, Consecutive5xx = 1 },
    };

    private readonly EventLoop _loop = new();
    private readonly List<string> _log = [];
    private readonly HashSet<int> _silent = [];
    private readonly HashSet<int> _degraded = [];
    private readonly OutboundPipeline _proxy;
    private readonly List<(int Endpoint, long At)> _probes = [];

    public HealthCheckerTests()
    {
        var time = new VirtualTimeProvider(_loop);
        var plane = new DataPlane(time, new KeyedRandom(1), this, new Proxy.ScriptedUpstream(_loop)) { HealthProbe = this };
        _proxy = new OutboundPipeline(plane, new ProxyEntry(0, "test", -1, ""), "");
    }

    void IMeshEvents.On(in MeshEvent e)
    {
        if (e.Kind is MeshEventKind.HealthChanged) _log.Add($"{Seconds(e.At)} {e.Endpoint} {(e.Outcome switch { 0 => "ill", 1 => "well", _ => "degraded" })}");
        if (e.Kind is MeshEventKind.EndpointEjected) _log.Add($"{Seconds(e.At)} -{e.Endpoint}");
        if (e.Kind is MeshEventKind.EndpointReadmitted) _log.Add($"{Seconds(e.At)} +{e.Endpoint}");
    }

    async ValueTask<CheckResult> IHealthProbe.ProbeAsync(int proxyId, Endpoint endpoint, HealthCheckConfig config, int number, CancellationToken cancellation)
    {
        _probes.Add((endpoint.Id, _loop.Now));
        if (!_silent.Contains(endpoint.Id)) return _degraded.Contains(endpoint.Id) ? CheckResult.Degraded : CheckResult.Passed;
        var never = new TaskCompletionSource();
        await using var registration = cancellation.UnsafeRegister(static state => ((TaskCompletionSource)state!).SetResult(), never);
        await never.Task.ConfigureAwait(false);
        return CheckResult.NoAnswer;
    }

    [Fact]
    public void Proxy_checks_without_ever_sending_a_request()
    {
        Apply(1, Policy, 0, 1);
        Run(11);
        Assert.Equal([(0, 0), (1, 0), (0, 5), (1, 5), (0, 10), (1, 10)], _probes.Select(probe => (probe.Endpoint, (int)Seconds(probe.At))));
        Assert.Empty(_log);
    }

    [Fact]
    public void Silence_makes_an_endpoint_unhealthy_and_answers_make_it_healthy_again()
    {
        Apply(1, Policy, 0, 1);
        Run(1);
        _silent.Add(1);
        Run(15);   // at 5 s and, the time-out taking a second, at 11 s
        Assert.Equal(["12 1 ill"], _log);
        Assert.False(Health(1)!.IsHealthy);
        Assert.True(Health(0)?.IsHealthy ?? true);
        _silent.Clear();
        Run(30);   // at 17 s and 22 s
        Assert.Equal(["12 1 ill", "22 1 well"], _log);
    }

    [Fact]
    public void Degraded_endpoint_is_told_and_forgotten_with_the_checks()
    {
        _degraded.Add(1);
        Apply(1, Policy, 0, 1);
        Run(1);
        Assert.Equal(["0 1 degraded"], _log);
        Assert.Equal((true, true), (Health(1)!.IsHealthy, Health(1)!.Degraded));
        _degraded.Clear();
        Run(6);
        Assert.Equal(["0 1 degraded", "5 1 well"], _log);
        _degraded.Add(1);
        Run(11);
        Apply(2, Policy with { HealthCheck = null }, 0, 1);
        Assert.False(Health(1)!.Degraded);
    }

    [Fact]
    public void Newcomer_waits_for_its_first_check_and_the_first_endpoints_do_not()
    {
        _silent.Add(2);
        Apply(1, Policy, 0);
        Assert.Null(Health(0));
        Apply(2, Policy, 0, 2);
        Assert.False(Health(2)!.IsHealthy);
        Run(3);
        Assert.False(Health(2)!.IsHealthy);
        _silent.Clear();
        Run(20);
        Assert.Equal("11 2 well", Assert.Single(_log));   // failed at 1 s, passed at 6 s and 11 s
    }

    [Fact]
    public void Passed_check_returns_an_ejected_endpoint()
    {
        Apply(1, Policy, 0, 1);
        Run(2);
        var service = _proxy.Service(0)!;
        service.Health!.Ended(1, HealthLog.Sample(_loop.Now, 500), sent: true);
        Run(6);
        Assert.Equal(["2 -1", "5 +1"], _log);
    }

    [Fact]
    public void Checks_end_with_their_endpoint_their_policy_and_their_service()
    {
        Apply(1, Policy, 0, 1);
        Run(1);
        Apply(2, Policy, 0);
        Run(6);
        Assert.Equal(3, _probes.Count);
        Apply(3, Policy with { HealthCheck = null }, 0);
        Run(20);
        Assert.Equal(3, _probes.Count);
        Apply(4, Policy, 0);
        Run(21);
        Assert.Equal(4, _probes.Count);
        _proxy.Apply(new MeshSnapshot(5, []));
        Run(60);
        Assert.Equal(4, _probes.Count);
    }

    [Fact]
    public void Endpoint_is_healthy_again_when_its_checks_are_switched_off()
    {
        _silent.Add(0);
        Apply(1, Policy, 0);
        Run(3);
        Assert.False(Health(0)!.IsHealthy);
        Apply(2, Policy with { HealthCheck = null }, 0);
        Assert.True(Health(0)!.IsHealthy);
    }

    private static double Seconds(long ticks) => ticks / (double)TimeSpan.TicksPerSecond;

    private void Run(double seconds) => _loop.RunUntil((long)(seconds * TimeSpan.TicksPerSecond));

    private Mesh.Runtime.LoadBalancing.EndpointHealth? Health(int endpoint) => _proxy.Service(0)!.Endpoints.FindHealth(endpoint);

    private void Apply(long version, PolicyConfig policy, params int[] endpoints) => _proxy.Apply(new MeshSnapshot(version,
    [
        new ServiceModel { Id = 0, Name = "s", Endpoints = [.. endpoints.Select(HealthLog.Member)], Policy = ServicePolicy.From(policy) },
    ]));
}
