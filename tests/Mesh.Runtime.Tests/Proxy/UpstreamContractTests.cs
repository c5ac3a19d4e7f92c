using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>What the pipeline and an upstream that carries live messages owe each other.</summary>
public class UpstreamContractTests
{
    private static readonly Step Bad = Step.Answer(503).WithBody(50) with { Response = "bad" };
    private static readonly Step Good = Step.Answer().WithBody(50) with { Response = "good" };

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Fact]
    public void Live_response_goes_to_the_caller()
    {
        var mesh = new TestMesh();
        mesh.Upstream.Plays(Good);
        var call = mesh.Call();
        mesh.Run(20);
        Assert.Equal("good", call.Response.Message);
        mesh.Run();
        Assert.True(call.Whole);
    }

    [Fact]
    public void Response_of_a_retried_attempt_is_left_to_the_upstream()
    {
        var mesh = new TestMesh(new() { Retries = new RetryConfig { On = RetryOn.ServerError, BackoffBase = Ms(1) } });
        mesh.Upstream.Plays(Bad, Good);
        var call = mesh.Call();
        mesh.Run(40);
        Assert.Equal("good", call.Response.Message);
        Assert.Equal([LR], mesh.Upstream.Cancellations);
    }

    [Fact]
    public void Response_of_the_hedge_that_wins_goes_to_the_caller()
    {
        var mesh = new TestMesh(new() { Hedge = new HedgeConfig { Delay = Ms(50), Budget = 10 } });
        mesh.Upstream.Plays(Step.Answer(after: 500), Good);
        var call = mesh.Call();
        mesh.Run(70);
        Assert.Equal("good", call.Response.Message);
        mesh.Run();
        Assert.True(call.Whole);
    }

    [Fact]
    public void Answer_of_the_proxy_s_own_has_no_live_response()
    {
        var mesh = new TestMesh(new() { Retries = new RetryConfig { Attempts = 1, On = RetryOn.ServerError, BackoffBase = Ms(1) }, Limits = new LimitsConfig { MaxRequests = 0 } });
        mesh.Upstream.Plays(Good);
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((503, null), (call.Response.Status, call.Response.Message));
    }

    [Fact]
    public void Fault_s_answer_has_no_live_response()
    {
        var mesh = new TestMesh();
        mesh.Plane.Faults.Begin(new FaultConfig { Name = "abort", Site = FaultSite.Attempt, Abort = new FaultAbort() }, 0, new FaultSpan(0, long.MaxValue));
        mesh.Upstream.Plays(Good);
        var call = mesh.Call();
        mesh.Run();
        Assert.Null(call.Response.Message);
    }

    [Fact]
    public void Status_of_the_trailers_counts_for_telemetry_and_health_and_not_for_retries()
    {
        var mesh = new TestMesh(new()
        {
            Retries = new RetryConfig { On = RetryOn.ServerError | RetryOn.GrpcUnavailable, BackoffBase = Ms(1) },
            OutlierDetection = new OutlierDetectionConfig { Consecutive5xx = 1, MaxEjectionPercent = 1 },
        });
        mesh.Upstream.Plays(Good with { Trailers = 14 });
        var call = mesh.Call();
        mesh.Run(1000);
        Assert.True(call.Whole);
        Assert.Equal(503, Assert.Single(mesh.Of(MeshEventKind.AttemptEnded)).Outcome);
        Assert.Equal(503, Assert.Single(mesh.Of(MeshEventKind.RequestEnded)).Outcome);
        Assert.Single(mesh.Of(MeshEventKind.EndpointEjected));
    }

    [Fact]
    public void Trailers_without_a_status_leave_that_of_the_headers()
    {
        var mesh = new TestMesh();
        mesh.Upstream.Plays(Good with { Reply = Good.Reply with { GrpcStatus = 5 } });
        mesh.Call();
        mesh.Run();
        Assert.Equal(404, Assert.Single(mesh.Of(MeshEventKind.RequestEnded)).Outcome);
    }

    [Theory]
    [InlineData(-1, 100)]
    [InlineData(0, 0)]
    [InlineData(12345, 12345)]
    public void Bytes_known_at_the_end_take_the_place_of_the_headers(long atEnd, long reported)
    {
        var mesh = new TestMesh();
        mesh.Upstream.Plays(Good with { BytesAtEnd = atEnd });
        mesh.Call();
        mesh.Run();
        Assert.Equal(reported, Assert.Single(mesh.Of(MeshEventKind.RequestEnded)).Bytes);
    }

    public static TheoryData<PolicyConfig, double?, ResponseFlags> Cancellations => new()
    {
        { new() { Timeout = Ms(30) }, null, UT },
        { new() { IdleTimeout = Ms(15) }, null, SI },
        { new(), 30, DC },
        { new() { Hedge = new HedgeConfig { Delay = Ms(500), Budget = 10 } }, 30, DC },
    };

    [Theory]
    [MemberData(nameof(Cancellations))]
    public void Who_reads_the_body_learns_why_it_was_cancelled(PolicyConfig policy, double? givesUp, ResponseFlags why)
    {
        var mesh = new TestMesh(policy);
        mesh.Upstream.Plays(Good);
        var call = mesh.Call();
        if (givesUp is { } at) call.GivingUp(at);
        mesh.Run();
        Assert.Equal([why], mesh.Upstream.Cancellations);
        Assert.Equal(why, Assert.Single(mesh.Of(MeshEventKind.RequestEnded)).Flags);
        Assert.False(call.Whole);
    }

    [Fact]
    public void Copies_carry_the_live_message()
    {
        var mesh = new TestMesh(new() { Mirror = new MirrorConfig() });
        var messages = new List<object?>();
        mesh.Upstream.Plays(attempt =>
        {
            messages.Add(attempt.Request.Message);
            return Good;
        });
        mesh.Call().Request.Message = "message";
        mesh.Run();
        Assert.Equal(["message", "message"], messages);
        Assert.Equal(0, mesh.Upstream.Open);
    }
}
