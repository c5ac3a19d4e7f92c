using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Tests.Proxy;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Connections;

/// <summary>Connections and caps as a request meets them.</summary>
public class ConnectionReuseTests
{
    private static PolicyConfig Caps(int? requests = null, int? connections = null, int? pending = null) =>
        new() { Limits = new LimitsConfig { MaxRequests = requests, MaxConnections = connections, MaxPendingRequests = pending } };

    private static IEnumerable<bool> Opened(TestMesh mesh) => mesh.Upstream.Sent.Select(s => s.OpensConnection);

    [Fact]
    public void Connection_is_used_again_after_a_whole_answer_whatever_its_status()
    {
        var mesh = new TestMesh(replicas: 1);
        mesh.Upstream.Plays(a => a.Request.Key == 1 ? Step.Answer(500) : Step.Answer().WithBody(5));
        for (int i = 0; i < 3; i++) mesh.Call(at: 20 * i);
        mesh.Run();
        Assert.Equal([true, false, false], Opened(mesh));
        Assert.Single(mesh.Of(MeshEventKind.ConnectionOpened));
    }

    [Fact]
    public void Connection_is_busy_until_the_body_is_over()
    {
        var mesh = new TestMesh(replicas: 1);
        mesh.Upstream.Plays(Step.Answer(after: 10).WithBody(20));
        mesh.Call();
        mesh.Call(at: 29);
        mesh.Call(at: 31);
        mesh.Run();
        Assert.Equal([true, true, false], Opened(mesh));
    }

    public static TheoryData<Step> Breaks => [Step.Silence, Step.Reset(), Step.ConnectFailure(), Step.Answer().BreakingOff(5), Step.Answer().WithBody(500)];

    [Theory]
    [MemberData(nameof(Breaks))]
    public void Connection_that_was_cut_is_closed_and_not_used_again(Step step)
    {
        var mesh = new TestMesh(new() { Timeout = TimeSpan.FromMilliseconds(50) }, replicas: 1);
        mesh.Upstream.Plays(a => a.Request.Key == 1 ? step : Step.Answer());
        mesh.Call();
        mesh.Call(at: 100);
        mesh.Run();
        Assert.Equal([true, true], Opened(mesh));
        Assert.Equal(1, mesh.State.Limits.Connections);
    }

    [Fact]
    public void Connections_are_opened_for_each_endpoint_of_its_own()
    {
        var mesh = new TestMesh(new() { LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.RoundRobin } }, replicas: 2);
        for (int i = 0; i < 4; i++) mesh.Call(at: 20 * i);
        mesh.Run();
        Assert.Equal([true, true, false, false], Opened(mesh));
    }

    [Fact]
    public void Request_over_the_cap_is_refused_at_once()
    {
        var mesh = new TestMesh(Caps(requests: 2));
        for (int i = 0; i < 3; i++) mesh.Call();
        mesh.Run();
        Assert.Equal([(200, None, 10), (200, None, 10), (503, UO, 0)], mesh.Calls.Select(c => c.Answer));
        Assert.Equal(2, mesh.Upstream.Sent.Count);
    }

    [Fact]
    public void Overflow_is_not_retried_and_trips_no_breaker()
    {
        var mesh = new TestMesh(Caps(requests: 1) with
        {
            Retries = new RetryConfig { On = RetryOn.ServerError },
            CircuitBreaker = new CircuitBreakerConfig { MinThroughput = 2, FailureRatio = 0.1 },
        });
        for (int i = 0; i < 10; i++) mesh.Call();
        var later = mesh.Call(at: 50);
        mesh.Run();
        Assert.Equal(9, mesh.Calls.Count(c => c.Response.Flags == UO));
        Assert.Equal((200, None, 60), later.Answer);
        Assert.Empty(mesh.Of(MeshEventKind.RetryScheduled));
    }

    [Fact]
    public void Attempts_that_wait_for_a_connection_are_served_in_order_of_arrival()
    {
        var mesh = new TestMesh(Caps(connections: 1), replicas: 1);
        for (int i = 0; i < 5; i++) mesh.Call(at: i);
        mesh.Run();
        Assert.Equal([10, 20, 30, 40, 50], mesh.Calls.Select(c => c.AnsweredAt!.Value));
        Assert.Equal([1, 2, 3, 4, 5], mesh.Upstream.Sent.Select(s => (int)s.Request));
        Assert.Single(mesh.Of(MeshEventKind.ConnectionOpened));
    }

    [Fact]
    public void Attempt_beyond_the_queue_is_refused()
    {
        var mesh = new TestMesh(Caps(connections: 1, pending: 1), replicas: 1);
        for (int i = 0; i < 3; i++) mesh.Call(at: i);
        mesh.Run();
        Assert.Equal([(200, None, 10), (200, None, 20), (503, UO, 2)], mesh.Calls.Select(c => c.Answer));
    }

    [Fact]
    public void Connection_closed_by_a_time_out_is_replaced_for_the_one_that_waits()
    {
        var mesh = new TestMesh(Caps(connections: 1) with { PerTryTimeout = TimeSpan.FromMilliseconds(50) }, replicas: 1);
        mesh.Upstream.Plays(a => a.Request.Key == 1 ? Step.Silence : Step.Answer());
        mesh.Call();
        mesh.Call(at: 30);
        mesh.Run();
        Assert.Equal([(504, UT, 50), (200, None, 60)], mesh.Calls.Select(c => c.Answer));
        Assert.Equal([true, true], Opened(mesh));
        Assert.Equal(1, mesh.State.Limits.Connections);
    }

    /// <summary>Both deadlines run while an attempt waits; the connection it never had is nobody's to close.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Deadline_passes_in_the_queue(bool perTry)
    {
        var time = TimeSpan.FromMilliseconds(50);
        var mesh = new TestMesh(Caps(connections: 1) with { PerTryTimeout = perTry ? time : null, Timeout = perTry ? null : time }, replicas: 1);
        mesh.Call();
        mesh.Upstream.Plays(a => a.Request.Key == 1 ? Step.Answer(after: 45).WithBody(4) : Step.Silence);
        var late = mesh.Call(at: 1);      // gets the connection at 49 ms
        var never = mesh.Call(at: 1.2);   // leaves as the first lets go of it
        mesh.Run();
        Assert.Equal((504, UT, 51), late.Answer);
        Assert.Equal((504, UT, 51.2), never.Answer);
        Assert.Equal((0, 0), (mesh.State.Limits.Requests, mesh.State.Limits.Pending));
    }

    [Fact]
    public void Long_queue_before_an_endpoint_that_refuses_connections_is_emptied()
    {
        var mesh = new TestMesh(Caps(connections: 1), replicas: 1);
        mesh.Upstream.Plays(a => a.Request.Key == 1 ? Step.Reset() : Step.ConnectFailure(after: 0));
        for (int i = 0; i <= 1024; i++) mesh.Call();
        mesh.Run();
        Assert.Equal(1024, mesh.Calls.Count(c => c.Answer == (503, UF, 10)));
        Assert.Equal(0, mesh.State.Limits.Connections);
    }
}
