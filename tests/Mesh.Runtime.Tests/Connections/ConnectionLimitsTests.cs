using CsCheck;
using Mesh.Runtime.Connections;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.Connections;

public class ConnectionLimitsTests
{
    private const long IdleTimeout = 1000;

    private static ConnectionLimits Limits(int? requests = null, int? connections = null, int? pending = null) => new(new LimitsConfig
    {
        MaxRequests = requests, MaxConnections = connections, MaxPendingRequests = pending, IdleTimeout = TimeSpan.FromTicks(IdleTimeout),
    });

    [Fact]
    public void Requests_are_admitted_below_the_cap()
    {
        var limits = Limits(requests: 2);
        Assert.Equal([true, true, false], [limits.TryEnter(), limits.TryEnter(), limits.TryEnter()]);
        limits.Exit();
        Assert.True(limits.TryEnter());
    }

    [Fact]
    public void There_is_no_cap_by_default_but_Envoy_s_on_the_queue()
    {
        var limits = new ConnectionLimits(new LimitsConfig());
        var endpoint = new EndpointConnections();
        for (int i = 0; i < 5000; i++)
        {
            Assert.True(limits.TryEnter());
            Assert.Equal(ConnectionDecision.Open, limits.Acquire(endpoint, 0));
        }
        limits = new ConnectionLimits(new LimitsConfig { MaxConnections = 1 });
        endpoint = new EndpointConnections();
        Assert.Equal(ConnectionDecision.Open, limits.Acquire(endpoint, 0));
        for (int i = 0; i < 1024; i++) Assert.Equal(ConnectionDecision.Wait, limits.Acquire(endpoint, 0));
        Assert.Equal(ConnectionDecision.Refuse, limits.Acquire(endpoint, 0));
    }

    [Fact]
    public void Attempts_beyond_the_connections_wait_and_beyond_the_queue_are_refused()
    {
        var limits = Limits(connections: 2, pending: 1);
        var endpoint = new EndpointConnections();
        Assert.Equal(
            [ConnectionDecision.Open, ConnectionDecision.Open, ConnectionDecision.Wait, ConnectionDecision.Refuse],
            Enumerable.Range(0, 4).Select(_ => limits.Acquire(endpoint, 0)));
        limits.StopWaiting();
        Assert.Equal(ConnectionDecision.Wait, limits.Acquire(endpoint, 0));
    }

    [Fact]
    public void Endpoint_without_a_connection_may_open_one_beyond_the_cap()
    {
        var limits = Limits(connections: 1, pending: 0);
        EndpointConnections first = new(), second = new();
        Assert.Equal(ConnectionDecision.Open, limits.Acquire(first, 0));
        Assert.Equal(ConnectionDecision.Open, limits.Acquire(second, 0));
        Assert.Equal(ConnectionDecision.Refuse, limits.Acquire(second, 0));
        Assert.Equal(2, limits.Connections);
    }

    [Fact]
    public void Idle_connection_used_last_is_used_first()
    {
        var limits = Limits();
        var endpoint = new EndpointConnections();
        limits.Acquire(endpoint, 0);
        limits.Acquire(endpoint, 0);
        endpoint.BecomeIdle(10);
        endpoint.BecomeIdle(20);
        Assert.Equal(ConnectionDecision.Reuse, limits.Acquire(endpoint, 20 + IdleTimeout));   // only the one idle since 20 is young enough
        Assert.Equal(ConnectionDecision.Open, limits.Acquire(endpoint, 20 + IdleTimeout));
        Assert.Equal(2, limits.Connections);
    }

    [Theory]
    [InlineData(IdleTimeout, false)]
    [InlineData(IdleTimeout + 1, true)]
    public void Idle_connection_dies_after_the_idle_timeout(long idle, bool dead)
    {
        var limits = Limits(connections: 3);
        var endpoint = new EndpointConnections();
        for (int i = 0; i < 3; i++) limits.Acquire(endpoint, 0);
        for (int i = 0; i < 3; i++) endpoint.BecomeIdle(100);
        Assert.Equal(dead ? ConnectionDecision.Open : ConnectionDecision.Reuse, limits.Acquire(endpoint, 100 + idle));
        Assert.Equal(dead ? 1 : 3, limits.Connections);
        Assert.Equal(limits.Connections, endpoint.Open);
    }

    [Fact]
    public void New_caps_take_over_what_is_in_use()
    {
        var limits = Limits(requests: 5, connections: 1);
        var endpoint = new EndpointConnections();
        limits.TryEnter();
        limits.TryEnter();
        limits.Acquire(endpoint, 0);
        limits.Acquire(endpoint, 0);
        var tighter = limits.With(new LimitsConfig { MaxRequests = 2 });
        Assert.Equal((2, 1, 1), (tighter.Requests, tighter.Pending, tighter.Connections));
        Assert.False(tighter.TryEnter());
    }

    /// <summary>Any order of opening, idling, closing, waiting and time passing keeps the counts true to the endpoints', and within the caps.</summary>
    [Fact]
    public void Counts_stay_true_under_any_sequence() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[0, 3], Gen.Select(Gen.Int[0, 4], Gen.Int[0, 2], Gen.Int[0, 600]).Array[1, 200]).Sample((cap, pending, steps) =>
        {
            var limits = Limits(connections: cap, pending: pending);
            EndpointConnections[] endpoints = [new(), new(), new()];
            int[] inUse = new int[3];
            int waiting = 0;
            long now = 0;
            foreach (var (what, at, time) in steps)
            {
                now += time;
                var endpoint = endpoints[at];
                switch (what)
                {
                    case 0 or 1:
                        bool hadNone = endpoint.Open == 0;
                        var decision = limits.Acquire(endpoint, now);
                        if (decision is ConnectionDecision.Open or ConnectionDecision.Reuse) inUse[at]++;
                        if (decision == ConnectionDecision.Wait) waiting++;
                        Assert.True(decision is ConnectionDecision.Open || !hadNone, $"{decision} at an endpoint without connections.");
                        break;
                    case 2 when inUse[at] > 0:
                        endpoint.BecomeIdle(now);
                        inUse[at]--;
                        break;
                    case 3 when inUse[at] > 0:
                        limits.Close(endpoint);
                        inUse[at]--;
                        break;
                    case 4 when waiting > 0:
                        limits.StopWaiting();
                        waiting--;
                        break;
                }
                Assert.Equal(waiting, limits.Pending);
                Assert.InRange(limits.Pending, 0, pending);
                Assert.Equal(endpoints.Sum(e => e.Open), limits.Connections);
                Assert.InRange(limits.Connections, 0, cap + endpoints.Length - 1);
                Assert.All(endpoints.Zip(inUse), e => Assert.True(e.First.Open >= e.Second));
            }
        });
}
