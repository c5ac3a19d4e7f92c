using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Polly.CircuitBreaker;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Proxy;

public class BreakerTests
{
    private static readonly PolicyConfig Breaker = new()
    {
        CircuitBreaker = new CircuitBreakerConfig
        {
            FailureRatio = 0.5, Window = TimeSpan.FromSeconds(10), MinThroughput = 4, OpenFor = TimeSpan.FromSeconds(5),
        },
    };

    private static IEnumerable<(double At, CircuitState State)> Changes(TestMesh mesh) =>
        mesh.Of(MeshEventKind.BreakerChanged).Select(e => (e.At / 1e4, (CircuitState)e.Outcome));

    /// <summary>A call every 100 ms; those with these keys fail.</summary>
    private static TestMesh Calling(int count, PolicyConfig policy, params ulong[] failing)
    {
        var mesh = new TestMesh(policy);
        mesh.Upstream.Plays(attempt => failing.Contains(attempt.Request.Key) ? Step.Answer(503) : Step.Answer());
        for (int i = 0; i < count; i++) mesh.Call(at: 100 * i);
        return mesh;
    }

    [Fact]
    public void Breaker_opens_when_the_ratio_is_reached_and_refuses_without_sending()
    {
        var mesh = Calling(8, Breaker, 3, 4);
        mesh.Run(until: 1000);
        Assert.Equal([(310, CircuitState.Open)], Changes(mesh));
        Assert.Equal([200, 200, 503, 503, 503, 503, 503, 503], mesh.Calls.Select(c => c.Response.Status));
        Assert.Equal([None, None, None, None, CO, CO, CO, CO], mesh.Calls.Select(c => c.Response.Flags));
        Assert.Equal(4, mesh.Upstream.Sent.Count);
        Assert.All(mesh.Calls.Skip(4), c => Assert.Equal(100.0 * (c.Key - 1), c.AnsweredAt));
    }

    [Fact]
    public void Breaker_stays_closed_below_the_ratio_and_below_the_throughput()
    {
        var below = Calling(8, Breaker, 4, 7);
        below.Run();
        Assert.Empty(Changes(below));
        var few = Calling(3, Breaker, 1, 2, 3);
        few.Run();
        Assert.Empty(Changes(few));
    }

    [Fact]
    public void Breaker_half_opens_after_its_time_and_closes_on_a_success()
    {
        var mesh = Calling(4, Breaker, 1, 2, 3, 4);
        mesh.Call(at: 5_309);
        mesh.Call(at: 5_310);
        mesh.Call(at: 5_315);   // the one probe is under way
        mesh.Call(at: 5_321);
        mesh.Run();
        Assert.Equal([CO, None, CO, None], mesh.Calls.Skip(4).Select(c => c.Response.Flags));
        Assert.Equal([(310, CircuitState.Open), (5_310, CircuitState.HalfOpen), (5_320, CircuitState.Closed)], Changes(mesh));
    }

    [Fact]
    public void Breaker_opens_again_when_the_probe_fails()
    {
        var mesh = Calling(4, Breaker, 1, 2, 3, 4, 5);
        mesh.Call(at: 5_310, key: 5);
        mesh.Call(at: 5_330, key: 6);
        mesh.Run();
        Assert.Equal([None, CO], mesh.Calls.Skip(4).Select(c => c.Response.Flags));
        Assert.Equal([CircuitState.Open, CircuitState.HalfOpen, CircuitState.Open], Changes(mesh).Select(c => c.State));
    }

    [Fact]
    public void Probe_that_its_caller_gives_up_says_nothing_and_does_not_close_the_circuit()
    {
        var mesh = Calling(4, Breaker, 1, 2, 3, 4);
        mesh.Call(at: 5_310).GivingUp(at: 5_312);
        mesh.Call(at: 5_330);
        mesh.Run();
        Assert.Equal([DC, CO], mesh.Calls.Skip(4).Select(c => c.Response.Flags));
        Assert.Equal([CircuitState.Open, CircuitState.HalfOpen, CircuitState.Open], Changes(mesh).Select(c => c.State));
    }

    [Fact]
    public void Open_circuit_is_not_retried()
    {
        var mesh = Calling(5, Breaker with { Retries = new RetryConfig { On = RetryOn.ServerError, Attempts = 3 } }, 1, 2, 3, 4);
        mesh.Run(until: 4000);
        Assert.Equal(CO, mesh.Calls[4].Response.Flags);
        Assert.Equal(0, mesh.Of(MeshEventKind.RequestEnded).Single(e => e.Request == 5).Attempt);
    }

    [Fact]
    public void Timeouts_count_as_failures()
    {
        var mesh = new TestMesh(Breaker with { PerTryTimeout = TimeSpan.FromMilliseconds(50) });
        mesh.Upstream.Plays(Step.Silence);
        for (int i = 0; i < 5; i++) mesh.Call(at: 100 * i);
        mesh.Run(until: 1000);
        Assert.Equal([UT, UT, UT, UT, CO], mesh.Calls.Select(c => c.Response.Flags));
    }

    [Fact]
    public void Refused_attempt_leaves_nothing_in_flight()
    {
        var mesh = Calling(8, Breaker, 1, 2, 3, 4);
        mesh.Run();
        Assert.All(Enumerable.Range(0, 3), e => Assert.Equal(0, mesh.State.Endpoints.InFlight(e)));
        Assert.Equal(8, mesh.Of(MeshEventKind.AttemptEnded).Count());
    }
}
