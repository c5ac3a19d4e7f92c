using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Proxy;

public class AnswerTests
{
    public static TheoryData<Step, int, ResponseFlags> Answers => new()
    {
        { Step.Answer(200), 200, None },
        { Step.Answer(404), 404, None },
        { Step.Answer(503), 503, None },
        { Step.Reset(), 503, UC },
        { Step.ConnectFailure(), 503, UF },
        { Step.ConnectFailure(after: 0), 503, UF },
        { Step.Answer(200, after: 0), 200, None },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Answer_of_the_upstream_is_passed_on(Step step, int status, ResponseFlags flags)
    {
        var mesh = new TestMesh();
        mesh.Upstream.Plays(step);
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((status, flags, step.After), call.Answer);
        Assert.True(call.Response.Complete);
        Assert.Equal(step.Reply.BodyBytes, Assert.Single(mesh.Of(MeshEventKind.RequestEnded)).Bytes);
    }

    [Fact]
    public void Service_that_the_mesh_does_not_know_is_404_NR()
    {
        var mesh = new TestMesh();
        mesh.RemoveService();
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((404, NR, 0), call.Answer);
        Assert.Empty(mesh.Of(MeshEventKind.AttemptStarted));
    }

    [Fact]
    public void Service_without_an_endpoint_is_503_UH_and_no_attempt()
    {
        var mesh = new TestMesh(new() { Retries = new RetryConfig { On = RetryOn.ServerError } }, replicas: 0);
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((503, UH, 0), call.Answer);
        Assert.Equal(-1, Assert.Single(mesh.Of(MeshEventKind.RequestEnded)).Attempt);
    }

    [Fact]
    public void Body_that_breaks_off_ends_the_request_with_UC()
    {
        var mesh = new TestMesh();
        mesh.Upstream.Plays(Step.Answer().BreakingOff(20));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, None, 10), call.Answer);
        Assert.Equal((false, 30.0), (call.Whole, call.EndedAt));
        Assert.Equal((0, UC), Assert.Single(mesh.Of(MeshEventKind.RequestEnded).Select(e => (e.Outcome, e.Flags))));
    }

    [Fact]
    public void Attempt_is_in_flight_until_its_body_is_over()
    {
        var mesh = new TestMesh(replicas: 1);
        mesh.Upstream.Plays(Step.Answer(after: 10).WithBody(50));
        mesh.Call();
        mesh.Run(until: 30);
        Assert.Equal(1, mesh.State.Endpoints.InFlight(0));
        mesh.Run(until: 60);
        Assert.Equal(0, mesh.State.Endpoints.InFlight(0));
        Assert.Equal(TestMesh.Ticks(60), Assert.Single(mesh.Of(MeshEventKind.AttemptEnded)).At);
    }

    [Fact]
    public void Latency_counts_from_the_intended_start()
    {
        var mesh = new TestMesh();
        var call = mesh.Call(at: 5);
        mesh.Run();
        Assert.Equal(TestMesh.Ticks(10), Assert.Single(mesh.Of(MeshEventKind.RequestEnded)).Duration);
        Assert.Equal(15, call.AnsweredAt);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Upstream_that_throws_is_a_bug_and_not_an_answer(bool withPolicy)
    {
        var mesh = new TestMesh(withPolicy ? new() { Retries = new RetryConfig(), CircuitBreaker = new CircuitBreakerConfig() } : null);
        mesh.Upstream.Plays(_ => throw new NotSupportedException("bug"));
        mesh.Call();
        Assert.Equal("bug", Assert.Throws<NotSupportedException>(() => mesh.Run()).Message);
    }
}
