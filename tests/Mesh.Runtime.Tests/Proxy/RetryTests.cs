using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Resilience;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Proxy;

public class RetryTests
{
    private static readonly RetryConfig OnServerErrors = new() { Attempts = 2, On = RetryOn.ServerError };

    private static readonly Step[] ThreeFailures = [Step.Answer(503), Step.Reset(), Step.ConnectFailure()];

    [Fact]
    public void Failed_attempt_is_repeated_until_one_succeeds()
    {
        var mesh = new TestMesh(new() { Retries = OnServerErrors });
        mesh.Upstream.Plays(Step.Answer(503), Step.Reset(), Step.Answer());
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, None), (call.Response.Status, call.Response.Flags));
        Assert.Equal([0, 1, 2], mesh.Upstream.Sent.Select(s => s.Number));
        Assert.Equal([0, 1, 2], mesh.Of(MeshEventKind.AttemptStarted).Select(e => e.Attempt));
        Assert.Equal([(503, None), (503, UC), (200, None)], mesh.Of(MeshEventKind.AttemptEnded).Select(e => (e.Outcome, e.Flags)));
        var ended = Assert.Single(mesh.Of(MeshEventKind.RequestEnded));
        Assert.Equal((200, None, 2, TestMesh.Ticks(10)), (ended.Outcome, ended.Flags, ended.Attempt, ended.FirstFailure));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(5, 6)]
    public void Retries_end_with_the_policy_and_say_so(int attempts, int sent)
    {
        var mesh = new TestMesh(new() { Retries = OnServerErrors with { Attempts = attempts } });
        mesh.Upstream.Plays(Step.Answer(503));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((503, URX), (call.Response.Status, call.Response.Flags));
        Assert.Equal(sent, mesh.Upstream.Sent.Count);
        Assert.Equal(URX, Assert.Single(mesh.Of(MeshEventKind.RequestEnded)).Flags);
    }

    [Fact]
    public void Nothing_is_retried_without_a_policy()
    {
        var mesh = new TestMesh();
        mesh.Upstream.Plays(ThreeFailures);
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((503, None, 10), call.Answer);
        Assert.Single(mesh.Upstream.Sent);
    }

    [Fact]
    public void Answer_that_meets_no_condition_stands_without_URX()
    {
        var mesh = new TestMesh(new() { Retries = OnServerErrors with { On = RetryOn.ConnectFailure } });
        mesh.Upstream.Plays(Step.ConnectFailure(), Step.Answer(503));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((503, None), (call.Response.Status, call.Response.Flags));
        Assert.Equal(2, mesh.Upstream.Sent.Count);
    }

    [Fact]
    public void Retry_waits_the_back_off_drawn_for_its_request_and_attempt()
    {
        var mesh = new TestMesh(new() { Retries = OnServerErrors }, seed: 7);
        mesh.Upstream.Plays(Step.Answer(503, after: 3));
        mesh.Call(key: 99);
        mesh.Run();
        var random = new KeyedRandom(7);
        double[] waits = [.. Enumerable.Range(0, 2).Select(i => RetryBackoff.Delay(OnServerErrors, i, random.Bits(Concern.Backoff, 99, i)).TotalMilliseconds)];
        Assert.Equal([0, 3 + waits[0], 6 + waits[0] + waits[1]], mesh.Upstream.Sent.Select(s => s.At / 1e4));
        Assert.Equal(waits, mesh.Of(MeshEventKind.RetryScheduled).Select(e => e.Duration / 1e4));
    }

    [Fact]
    public void Body_of_a_retried_answer_is_dropped_and_its_connection_closed()
    {
        var mesh = new TestMesh(new() { Retries = OnServerErrors }, replicas: 1);
        mesh.Upstream.Plays(Step.Answer(503).WithBody(1000), Step.Answer());
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, true), (call.Response.Status, call.Whole));
        Assert.Equal([true, true], mesh.Upstream.Sent.Select(s => s.OpensConnection));
        Assert.Equal(TestMesh.Ticks(10), mesh.Of(MeshEventKind.AttemptEnded).First().At);
    }

    [Fact]
    public void Exhaustion_is_reported_also_where_the_last_answer_has_a_body()
    {
        var mesh = new TestMesh(new() { Retries = OnServerErrors });
        mesh.Upstream.Plays(Step.Answer(503).WithBody(5));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((503, URX, true), (call.Response.Status, call.Response.Flags, call.Whole));
        var ended = Assert.Single(mesh.Of(MeshEventKind.RequestEnded));
        Assert.Equal((503, URX, 100L), (ended.Outcome, ended.Flags, ended.Bytes));
    }

    [Fact]
    public void Answer_inside_the_call_is_retried_too()
    {
        var mesh = new TestMesh(new() { Retries = OnServerErrors with { Attempts = 100 } });
        mesh.Upstream.Plays(Step.ConnectFailure(after: 0));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((503, UF | URX), (call.Response.Status, call.Response.Flags));
        Assert.Equal(101, mesh.Upstream.Sent.Count);
    }
}
