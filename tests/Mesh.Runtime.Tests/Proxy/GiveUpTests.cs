using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Proxy;

public class GiveUpTests
{
    private static readonly PolicyConfig Everything = new()
    {
        Timeout = TimeSpan.FromSeconds(10),
        PerTryTimeout = TimeSpan.FromSeconds(5),
        Retries = new RetryConfig { Attempts = 5, On = RetryOn.ServerError, BackoffBase = TimeSpan.FromHours(1) },
        CircuitBreaker = new CircuitBreakerConfig { MinThroughput = 1000 },
    };

    public static TheoryData<PolicyConfig> Policies => [new PolicyConfig(), Everything];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Caller_that_gives_up_before_headers_ends_the_attempt(PolicyConfig policy)
    {
        var mesh = new TestMesh(policy);
        mesh.Upstream.Plays(Step.Silence);
        var call = mesh.Call().GivingUp(at: 30);
        mesh.Run();
        Assert.Equal((0, DC, 30), call.Answer);
        Assert.Equal(0, mesh.Upstream.Open);
        Assert.Equal((0, DC), Assert.Single(mesh.Of(MeshEventKind.AttemptEnded).Select(e => (e.Outcome, e.Flags))));
        Assert.Equal((0, DC), Assert.Single(mesh.Of(MeshEventKind.RequestEnded).Select(e => (e.Outcome, e.Flags))));
    }

    [Fact]
    public void Caller_that_gives_up_in_the_back_off_ends_the_request_at_once()
    {
        var mesh = new TestMesh(Everything);
        mesh.Upstream.Plays(Step.Answer(503));
        var call = mesh.Call().GivingUp(at: 30);
        mesh.Run();
        Assert.Equal((0, DC, 30), call.Answer);
        Assert.Single(mesh.Upstream.Sent);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Caller_that_gives_up_in_the_body_ends_it(PolicyConfig policy)
    {
        var mesh = new TestMesh(policy);
        mesh.Upstream.Plays(Step.Answer().WithBody(100));
        var call = mesh.Call().GivingUp(at: 30);
        mesh.Run();
        Assert.Equal((200, None, 10), call.Answer);
        Assert.Equal((false, 30.0), (call.Whole, call.EndedAt));
        Assert.Equal((0, DC), Assert.Single(mesh.Of(MeshEventKind.RequestEnded).Select(e => (e.Outcome, e.Flags))));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Caller_that_gives_up_while_waiting_for_a_connection_leaves_the_queue(PolicyConfig policy)
    {
        var mesh = new TestMesh(policy with { Limits = new LimitsConfig { MaxConnections = 1 } }, replicas: 1);
        mesh.Upstream.Plays(Step.Answer(after: 100));
        mesh.Call();
        var waiting = mesh.Call(at: 1).GivingUp(at: 30);
        var next = mesh.Call(at: 2);
        mesh.Run();
        Assert.Equal((0, DC, 30), waiting.Answer);
        Assert.Equal((200, None, 200), next.Answer);
        Assert.Equal(2, mesh.Upstream.Sent.Count);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Caller_that_was_gone_before_it_asked_sends_nothing(PolicyConfig policy)
    {
        var mesh = new TestMesh(policy);
        var call = mesh.Call(at: 10).GivingUp(at: 5);
        mesh.Run();
        Assert.Equal((0, DC, 10), call.Answer);
        Assert.Empty(mesh.Upstream.Sent);
        Assert.Equal(-1, Assert.Single(mesh.Of(MeshEventKind.RequestEnded)).Attempt);
    }

    [Fact]
    public void Caller_that_gives_up_after_the_end_changes_nothing()
    {
        var mesh = new TestMesh(Everything);
        var call = mesh.Call().GivingUp(at: 50);
        var later = mesh.Call(at: 45);   // on the same pooled objects
        mesh.Run();
        Assert.Equal((200, None, 10), call.Answer);
        Assert.Equal((200, None, 55), later.Answer);
    }

    [Fact]
    public void Retry_inside_a_cancellation_is_not_taken_for_the_attempt_that_was_cancelled()
    {
        var mesh = new TestMesh(new()
        {
            PerTryTimeout = TimeSpan.FromMilliseconds(100),
            Retries = new RetryConfig { Attempts = 1, On = RetryOn.Reset, BackoffBase = TimeSpan.FromMilliseconds(1) },   // a back-off of 0
        });
        mesh.Upstream.Plays(Step.Silence, Step.Answer(after: 0).WithBody(10));   // in its body before the cancelling call returns
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, None, 100), call.Answer);
        Assert.Equal((true, 110.0), (call.Whole, call.EndedAt));
    }
}
