using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Proxy;

public class DeadlinePropagationTests
{
    private static Call Calling(TestMesh mesh, double? deadline)
    {
        var request = new MeshRequest { Class = new RequestClass(0, 0, "payments", "/pay"), Key = 1 };
        if (deadline is { } at) request.Deadline = TestMesh.Ticks(at);
        var call = new Call(mesh, request);
        mesh.At(0, call.Start);
        return call;
    }

    [Theory]
    [InlineData(true, 300, 100.0, 100)]
    [InlineData(true, 100, 300.0, 100)]
    [InlineData(true, 300, null, 300)]
    [InlineData(true, null, 100.0, 100)]
    [InlineData(false, 300, 100.0, 300)]
    public void Hop_waits_no_longer_than_its_caller_where_the_policy_says_so(bool propagated, int? timeout, double? caller, double answeredAt)
    {
        var mesh = new TestMesh(new() { DeadlinePropagation = propagated, Timeout = timeout is { } ms ? TimeSpan.FromMilliseconds(ms) : null });
        mesh.Upstream.Plays(Step.Silence);
        var call = Calling(mesh, caller);
        mesh.Run();
        Assert.Equal((504, UT, answeredAt), call.Answer);
    }

    /// <summary>What an attempt tells its callee: the rest of the total time or of the try, and never more than the caller's caller gave.</summary>
    [Fact]
    public void Deadline_told_to_the_callee_is_never_beyond_the_caller_s() =>
        Gen.Select(Gen.Int[0, 300], Gen.Int[0, 300], Gen.Int[1, 300], Gen.Int[0, 3]).Sample((timeout, perTry, caller, attempts) =>
        {
            var mesh = new TestMesh(new()
            {
                DeadlinePropagation = true,
                Timeout = TimeSpan.FromMilliseconds(timeout),
                PerTryTimeout = TimeSpan.FromMilliseconds(perTry),
                Retries = new RetryConfig { Attempts = attempts, On = RetryOn.ServerError },
            });
            mesh.Upstream.Plays(attempt =>
            {
                long now = mesh.Loop.Now;
                Assert.InRange(attempt.HeadersDue, now, TestMesh.Ticks(caller));
                if (timeout > 0) Assert.True(attempt.HeadersDue <= TestMesh.Ticks(timeout));
                if (perTry > 0) Assert.True(attempt.HeadersDue <= now + TestMesh.Ticks(perTry));
                return Step.Answer(503, after: 30);
            });
            var call = Calling(mesh, caller);
            mesh.Run();
            Assert.NotEmpty(mesh.Upstream.Sent);
            Assert.True(call.EndedAt <= caller + 0.001);
        }, iter: 300);

    [Theory]
    [InlineData(20, 100, true)]
    [InlineData(30, 20, false)]
    public void Body_that_stands_still_breaks_off(int idle, double body, bool breaks)
    {
        var mesh = new TestMesh(new() { IdleTimeout = TimeSpan.FromMilliseconds(idle) });
        mesh.Upstream.Plays(Step.Answer().WithBody(body));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal(200, call.Response.Status);
        Assert.Equal(!breaks, call.Whole);
        Assert.Equal(10 + Math.Min(idle, body), call.EndedAt);
        Assert.Equal(breaks ? SI : None, Assert.Single(mesh.Of(MeshEventKind.RequestEnded)).Flags);
    }
}
