using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Proxy;

public class HedgeTests
{
    private static readonly HedgeConfig After50 = new() { Delay = TimeSpan.FromMilliseconds(50), Budget = 10 };

    [Fact]
    public void Fast_answer_is_not_hedged()
    {
        var mesh = new TestMesh(new() { Hedge = After50 });
        mesh.Upstream.Plays(Step.Answer(after: 49));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, None, 49), call.Answer);
        Assert.Single(mesh.Upstream.Sent);
    }

    [Fact]
    public void Slow_attempt_gets_another_beside_it_and_the_first_answer_wins()
    {
        var mesh = new TestMesh(new() { Hedge = After50 });
        mesh.Upstream.Plays(Step.Answer(after: 500), Step.Answer(after: 10));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, None, 60), call.Answer);
        Assert.Equal([0, 1], mesh.Upstream.Sent.Select(s => s.Number));
        Assert.Equal([TestMesh.Ticks(50)], mesh.Of(MeshEventKind.HedgeStarted).Select(e => e.At));
        // The loser is given up at once, and is no failure of the endpoint's.
        Assert.Equal([(0, TestMesh.Ticks(60), LR), (1, TestMesh.Ticks(60), None)],
            mesh.Of(MeshEventKind.AttemptEnded).OrderBy(e => e.Attempt).Select(e => (e.Attempt, e.At, e.Flags)));
        Assert.Equal(0, mesh.Upstream.Open);
        Assert.All(Enumerable.Range(0, 3), id => Assert.Equal(0, mesh.State.Endpoints.InFlight(id)));
    }

    [Fact]
    public void First_attempt_wins_when_it_is_still_the_faster()
    {
        var mesh = new TestMesh(new() { Hedge = After50 });
        mesh.Upstream.Plays(Step.Answer(after: 55), Step.Answer(after: 10));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, None, 55), call.Answer);
        Assert.Equal(LR, Assert.Single(mesh.Of(MeshEventKind.AttemptEnded), e => e.Attempt == 1).Flags);
    }

    [Fact]
    public void Bad_answer_waits_for_the_others()
    {
        var mesh = new TestMesh(new() { Hedge = After50 });
        mesh.Upstream.Plays(Step.Answer(503, after: 60), Step.Answer(after: 40));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, None, 90), call.Answer);
    }

    [Fact]
    public void Last_failure_stands_when_all_fail()
    {
        var mesh = new TestMesh(new() { Hedge = After50 });
        mesh.Upstream.Plays(Step.Answer(503, after: 60), Step.Reset(after: 40));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((503, UC, 90), call.Answer);
    }

    [Fact]
    public void Failure_before_the_delay_is_the_retry_s_business()
    {
        var mesh = new TestMesh(new() { Hedge = After50, Retries = new RetryConfig { Attempts = 1, On = RetryOn.ServerError } });
        mesh.Upstream.Plays(Step.Answer(503, after: 10), Step.Answer(after: 5));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal(200, call.Response.Status);
        Assert.Empty(mesh.Of(MeshEventKind.HedgeStarted));
        Assert.Equal([0, 1], mesh.Upstream.Sent.Select(s => s.Number));
    }

    [Fact]
    public void Winner_s_body_is_the_request_s_body()
    {
        var mesh = new TestMesh(new() { Hedge = After50 });
        mesh.Upstream.Plays(Step.Answer(after: 500), Step.Answer(after: 10).WithBody(100));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, None, 60), call.Answer);
        Assert.Equal((160d, true), (call.EndedAt, call.Whole));
        Assert.Equal((1, TestMesh.Ticks(160)), Assert.Single(mesh.Of(MeshEventKind.RequestEnded).Select(e => (e.Attempt, e.At))));
    }

    [Fact]
    public void Caller_that_gives_up_ends_every_attempt()
    {
        var mesh = new TestMesh(new() { Hedge = After50 });
        mesh.Upstream.Plays(Step.Silence);
        var call = mesh.Call().GivingUp(at: 80);
        mesh.Run();
        Assert.Equal((0, DC, 80), call.Answer);
        Assert.Equal(0, mesh.Upstream.Open);
    }

    [Fact]
    public void Caller_that_gives_up_in_the_winner_s_body_ends_it()
    {
        var mesh = new TestMesh(new() { Hedge = After50 });
        mesh.Upstream.Plays(Step.Answer(after: 500), Step.Answer(after: 10).WithBody(100));
        var call = mesh.Call().GivingUp(at: 100);
        mesh.Run();
        Assert.Equal((100d, false), (call.EndedAt, call.Whole));
        Assert.Equal(DC, Assert.Single(mesh.Of(MeshEventKind.RequestEnded)).Flags);
        Assert.Equal(0, mesh.Upstream.Open);
    }

    [Fact]
    public void Total_deadline_ends_all_of_them()
    {
        var mesh = new TestMesh(new() { Hedge = After50, Timeout = TimeSpan.FromMilliseconds(120) });
        mesh.Upstream.Plays(Step.Silence);
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((504, UT, 120), call.Answer);
        Assert.Equal(2, mesh.Upstream.Sent.Count);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 4)]
    public void There_are_never_more_than_the_policy_allows(int extra, int sent)
    {
        var mesh = new TestMesh(new() { Hedge = After50 with { MaxExtra = extra } });
        mesh.Upstream.Plays(Step.Answer(after: 10_000));
        mesh.Call();
        mesh.Run();
        Assert.Equal(sent, mesh.Upstream.Sent.Count);
        Assert.Equal([.. Enumerable.Range(1, extra).Select(i => TestMesh.Ticks(50 * i))], mesh.Of(MeshEventKind.HedgeStarted).Select(e => e.At));
    }

    [Fact]
    public void Hedge_on_the_per_try_time_out_leaves_the_slow_attempt_running_and_takes_a_retry()
    {
        var mesh = new TestMesh(new()
        {
            Hedge = new HedgeConfig { OnPerTryTimeout = true, Budget = 10 },
            PerTryTimeout = TimeSpan.FromMilliseconds(50),
            Retries = new RetryConfig { Attempts = 2, On = RetryOn.ServerError },
        });
        mesh.Upstream.Plays(Step.Answer(after: 130), Step.Silence, Step.Silence);
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, None, 130), call.Answer);
        Assert.Equal(3, mesh.Upstream.Sent.Count);
    }

    [Fact]
    public void Hedges_stay_within_their_budget()
    {
        var mesh = new TestMesh(new() { Hedge = After50 with { Budget = 0.1 } }, replicas: 10);
        mesh.Upstream.Plays(Step.Answer(after: 60));
        for (int i = 0; i < 1000; i++) mesh.Call(at: i * 5);
        mesh.Run();
        int hedges = mesh.Of(MeshEventKind.HedgeStarted).Count();
        Assert.InRange(hedges, 50, 100 + 10);
    }
}
