using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Polly.CircuitBreaker;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Proxy;

public class SnapshotSwapTests
{
    private static readonly PolicyConfig Ewma = new() { LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.PeakEwma } };

    private static readonly PolicyConfig Breaker = new() { CircuitBreaker = new CircuitBreakerConfig { MinThroughput = 2, OpenFor = TimeSpan.FromSeconds(60) } };

    [Fact]
    public void Requests_in_flight_and_averages_of_endpoints_that_stay_are_kept()
    {
        var mesh = new TestMesh(Ewma, replicas: 2);
        mesh.Upstream.Plays(Step.Answer(after: 1000));
        for (int i = 0; i < 10; i++) mesh.Call(at: i);
        mesh.Run(until: 20);
        int inFlight = mesh.State.Endpoints.InFlight(1);
        double latency = mesh.State.Endpoints.GetOrAdd(1).Latency;
        Assert.InRange(inFlight, 1, 9);
        mesh.Apply(Ewma, 1, 2);
        Assert.Equal((inFlight, latency), (mesh.State.Endpoints.InFlight(1), mesh.State.Endpoints.GetOrAdd(1).Latency));
        mesh.Run();
        Assert.All(mesh.Calls, call => Assert.Equal(200, call.Response.Status));   // those at endpoint 0 too
        Assert.Equal(0, mesh.State.Endpoints.InFlight(1));
    }

    [Fact]
    public void Endpoint_that_left_is_forgotten_with_its_last_attempt()
    {
        var mesh = new TestMesh(replicas: 2);
        mesh.Upstream.Plays(Step.Answer(after: 100));
        for (int i = 0; i < 20; i++) mesh.Call(at: i);
        mesh.Run(until: 50);
        Assert.Equal(2, mesh.State.Endpoints.Count);
        mesh.Apply(new(), 1);
        Assert.Equal(2, mesh.State.Endpoints.Count);
        int open = mesh.State.Endpoints.GetOrAdd(1).Connections!.Open;
        mesh.Run();
        Assert.Equal(1, mesh.State.Endpoints.Count);
        Assert.Equal(open, mesh.State.Limits.Connections);
    }

    [Fact]
    public void Idle_connections_to_endpoints_that_left_no_longer_count()
    {
        var mesh = new TestMesh(new() { Limits = new LimitsConfig { MaxConnections = 4 } }, replicas: 1);
        for (int i = 0; i < 4; i++) mesh.Call();
        mesh.Run(until: 50);
        Assert.Equal(4, mesh.State.Limits.Connections);
        mesh.Apply(new() { Limits = new LimitsConfig { MaxConnections = 4 } }, 7);
        Assert.Equal((0, 0), (mesh.State.Limits.Connections, mesh.State.Endpoints.Count));
        for (int i = 0; i < 4; i++) mesh.Call(at: 100);
        mesh.Run();
        Assert.All(mesh.Calls.Skip(4), call => Assert.Equal(110, call.AnsweredAt));   // none waits
    }

    [Fact]
    public void New_endpoint_is_called_and_an_old_one_no_longer()
    {
        var mesh = new TestMesh(replicas: 2);
        mesh.Apply(new(), 1, 2);
        for (int i = 0; i < 50; i++) mesh.Call(at: 100 * i);
        mesh.Run();
        Assert.Equal([1, 2], mesh.Upstream.Sent.Select(s => s.Endpoint).Distinct().Order());
    }

    [Fact]
    public void Request_in_the_back_off_goes_on_with_the_new_endpoints()
    {
        var policy = new PolicyConfig { Retries = new RetryConfig { On = RetryOn.ServerError, BackoffBase = TimeSpan.FromSeconds(1) } };
        var mesh = new TestMesh(policy, replicas: 1);
        mesh.Upstream.Plays(Step.Answer(503), Step.Answer());
        mesh.Call();
        mesh.At(10, () => mesh.Apply(policy, 5));
        mesh.Run();
        Assert.Equal([0, 5], mesh.Upstream.Sent.Select(s => s.Endpoint));
    }

    [Fact]
    public void Breaker_stays_open_under_the_same_policy_and_is_made_anew_under_another()
    {
        var mesh = new TestMesh(Breaker);
        mesh.Upstream.Plays(Step.Answer(503));
        for (int i = 0; i < 3; i++) mesh.Call(at: 20 * i);
        mesh.Run(until: 100);
        Assert.Equal(CO, mesh.Calls[2].Response.Flags);
        var breaker = mesh.State.Breaker;
        mesh.Apply(Breaker with { Timeout = TimeSpan.FromSeconds(1) }, 0, 9);
        Assert.Same(breaker, mesh.State.Breaker);
        Assert.Equal(CircuitState.Open, mesh.State.Breaker!.State);
        mesh.Apply(Breaker with { CircuitBreaker = Breaker.CircuitBreaker! with { MinThroughput = 3 } });
        Assert.NotSame(breaker, mesh.State.Breaker);
        mesh.Apply(new());
        Assert.Null(mesh.State.Breaker);
    }

    [Fact]
    public void Caps_that_change_count_what_is_there_already()
    {
        var mesh = new TestMesh(replicas: 1);
        mesh.Upstream.Plays(Step.Answer(after: 100));
        for (int i = 0; i < 3; i++) mesh.Call();
        mesh.At(10, () => mesh.Apply(new() { Limits = new LimitsConfig { MaxRequests = 3 } }));
        var refused = mesh.Call(at: 20);
        var admitted = mesh.Call(at: 150);
        mesh.Run();
        Assert.Equal((503, UO, 20), refused.Answer);
        Assert.Equal((200, None, 250), admitted.Answer);
        Assert.Equal((0, 3), (mesh.State.Limits.Requests, mesh.State.Limits.Connections));
    }

    [Fact]
    public void Round_robin_keeps_its_place_under_the_same_policy()
    {
        var policy = new PolicyConfig { LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.RoundRobin } };
        var mesh = new TestMesh(policy, replicas: 5);
        for (int i = 0; i < 10; i++)
        {
            mesh.Call(at: 100 * i);
            mesh.At(100 * i + 50, () => mesh.Apply(policy with { }));
        }
        mesh.Run();
        Assert.All(mesh.Upstream.Sent.CountBy(s => s.Endpoint), e => Assert.Equal(2, e.Value));
    }

    [Fact]
    public void Service_that_left_is_no_route_while_its_requests_in_progress_end_as_they_would()
    {
        var mesh = new TestMesh();
        mesh.Upstream.Plays(Step.Answer(after: 100));
        var before = mesh.Call();
        mesh.At(50, mesh.RemoveService);
        var after = mesh.Call(at: 60);
        mesh.Run();
        Assert.Equal((200, None, 100), before.Answer);
        Assert.Equal((404, NR, 60), after.Answer);
    }

    [Fact]
    public void Agent_takes_newer_snapshots_only_and_acknowledges_what_the_proxy_works_by()
    {
        var mesh = new TestMesh();
        var agent = new ProxyAgent(mesh.Outbound);
        Assert.Equal(new SnapshotAnswer(5, 5, null), agent.Receive(new MeshSnapshot(5, [])));
        Assert.Equal(new SnapshotAnswer(4, 5, null), agent.Receive(new MeshSnapshot(4, [])));
        Assert.Equal(new SnapshotAnswer(5, 5, null), agent.Receive(new MeshSnapshot(5, [])));
        Assert.Equal(new SnapshotAnswer(6, 6, null), agent.Receive(new MeshSnapshot(6, [])));
        Assert.Equal([1, 5, 6], mesh.Of(MeshEventKind.SnapshotApplied).Select(e => e.Outcome));
    }
}
