using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Resilience;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Resilience;

public class RetryConditionsTests
{
    private const RetryOn Resets = RetryOn.ServerError | RetryOn.GatewayError | RetryOn.Reset;
    private const RetryOn Gateway = RetryOn.ServerError | RetryOn.GatewayError;

    private static readonly RetryOn All = Enum.GetValues<RetryOn>().Aggregate((all, one) => all | one);

    private static Gen<ResponseFlags> OneOf(params ResponseFlags[] flags) => Gen.Int[0, flags.Length - 1].Select(i => flags[i]);

    private static bool Retried(RetryOn on, int status, ResponseFlags flags, int grpc = -1, ReplyHints hints = ReplyHints.None) =>
        RetryConditions.IsRetriable(new RetryConfig { On = on, StatusCodes = [429, 503, new StatusRange(510, 520)] }, new ReplyFacts(status, flags, grpc, hints));

    private static void MeetsExactly(RetryOn meets, int status, ResponseFlags flags, int grpc = -1, ReplyHints hints = ReplyHints.None)
    {
        foreach (var on in Enum.GetValues<RetryOn>())
            Assert.True(Retried(on, status, flags, grpc, hints) == ((meets & on) != 0), $"{status} {flags.ToEnvoyText()} gRPC {grpc} {hints} under {on}");
    }

    /// <summary>What happened, and the conditions that it meets.</summary>
    [Theory]
    [InlineData(200, None, RetryOn.None)]
    [InlineData(404, None, RetryOn.None)]
    [InlineData(409, None, RetryOn.Retriable4xx)]
    [InlineData(429, None, RetryOn.StatusCodes)]
    [InlineData(500, None, RetryOn.ServerError)]
    [InlineData(501, None, RetryOn.ServerError)]
    [InlineData(502, None, Gateway)]
    [InlineData(503, None, Gateway | RetryOn.StatusCodes)]
    [InlineData(504, None, Gateway)]
    [InlineData(509, None, RetryOn.ServerError)]
    [InlineData(510, None, RetryOn.ServerError | RetryOn.StatusCodes)]
    [InlineData(520, None, RetryOn.ServerError | RetryOn.StatusCodes)]
    [InlineData(599, None, RetryOn.ServerError)]
    [InlineData(503, FI, Gateway | RetryOn.StatusCodes)]
    [InlineData(503, UC, Resets)]
    [InlineData(503, UR, Resets)]
    [InlineData(503, LR, Resets)]
    [InlineData(504, UT, Resets)]
    [InlineData(503, UF, Resets | RetryOn.ConnectFailure | RetryOn.ResetBeforeRequest)]
    [InlineData(503, UO, RetryOn.None)]
    [InlineData(503, CO, RetryOn.None)]
    [InlineData(503, DO, RetryOn.None)]
    [InlineData(503, UH, RetryOn.None)]
    [InlineData(404, NR, RetryOn.None)]
    [InlineData(0, DC, RetryOn.None)]
    public void Answer_is_retried_under_Envoy_s_conditions(int status, ResponseFlags flags, RetryOn meets) => MeetsExactly(meets, status, flags);

    [Theory]
    [InlineData(503, UR, ReplyHints.RefusedStream, Resets | RetryOn.RefusedStream)]
    [InlineData(503, UC, ReplyHints.BeforeRequest, Resets | RetryOn.ResetBeforeRequest)]
    [InlineData(429, None, ReplyHints.RateLimited, RetryOn.RateLimited)]      // although 429 is listed
    [InlineData(503, None, ReplyHints.RateLimited, RetryOn.RateLimited)]
    [InlineData(503, None, ReplyHints.Overloaded, RetryOn.None)]
    [InlineData(503, UR, ReplyHints.Overloaded, RetryOn.None)]
    [InlineData(429, None, ReplyHints.Overloaded | ReplyHints.RateLimited, RetryOn.None)]
    public void Headers_that_speak_to_retriers_are_heard(int status, ResponseFlags flags, ReplyHints hints, RetryOn meets) => MeetsExactly(meets, status, flags, hints: hints);

    [Theory]
    [InlineData(0, RetryOn.None)]
    [InlineData(1, RetryOn.GrpcCancelled)]
    [InlineData(2, RetryOn.None)]
    [InlineData(4, RetryOn.GrpcDeadlineExceeded)]
    [InlineData(8, RetryOn.GrpcResourceExhausted)]
    [InlineData(13, RetryOn.GrpcInternal)]
    [InlineData(14, RetryOn.GrpcUnavailable)]
    [InlineData(15, RetryOn.None)]
    public void Grpc_status_in_the_headers_is_retried_by_name(int grpc, RetryOn meets) => MeetsExactly(meets, 200, None, grpc);

    [Theory]
    [InlineData(200, None, true)]
    [InlineData(404, None, true)]
    [InlineData(503, UF, false)]      // no headers came
    [InlineData(503, UO, false)]
    public void Named_response_headers_are_retried_whatever_the_status(int status, ResponseFlags flags, bool retried)
    {
        var policy = new RetryConfig
        {
            On = RetryOn.RetriableHeaders,
            RetriableHeaders = new([new("X-Try-Again", new TextMatch(TextMatchKind.Present)), new("x-shard", new TextMatch(TextMatchKind.Prefix, "mov"))]),
        };
        bool Retries(params KeyValuePair<string, string>[] headers) => RetryConditions.IsRetriable(policy, new ReplyFacts(status, flags, -1, ReplyHints.None, headers));
        Assert.Equal(retried, Retries(KeyValuePair.Create("x-try-again", "")));
        Assert.Equal(retried, Retries(new("x-other", "1"), new("X-Shard", "moved")));
        Assert.False(Retries(KeyValuePair.Create("x-shard", "here")));
        Assert.False(RetryConditions.IsRetriable(policy with { On = RetryOn.ServerError }, new ReplyFacts(200, None, -1, ReplyHints.None, [new("x-try-again", "")])));
    }

    [Fact]
    public void Headers_of_overload_and_rate_limits_are_heard_before_named_ones()
    {
        var policy = new RetryConfig { On = RetryOn.RetriableHeaders, RetriableHeaders = new([new("x-try-again", new TextMatch(TextMatchKind.Present))]) };
        foreach (string said in (string[])["x-envoy-overloaded", "X-Envoy-RateLimited"])
        {
            var reply = new UpstreamReply(503, None, 0, Complete: true).WithHeaders([new("x-try-again", "1"), new(said, "true"), new("Retry-After", "7")]);
            Assert.False(RetryConditions.IsRetriable(policy, new ReplyFacts(503, None, -1, reply.Hints, reply.Headers)));
            Assert.Equal(7 * TimeSpan.TicksPerSecond, reply.RetryAfter);
        }
    }

    [Fact]
    public void Conditions_add_up() =>
        Gen.Select(Gen.Int[0, (int)All], Gen.Int[100, 599], OneOf(None, UC, UF, UT, UO, CO, DC), Gen.Int[-1, 16], Gen.Int[0, 15]).Sample((on, status, flags, grpc, hints) =>
            Retried((RetryOn)on, status, flags, grpc, (ReplyHints)hints)
            == Enum.GetValues<RetryOn>().Any(one => ((RetryOn)on & one) != 0 && Retried(one, status, flags, grpc, (ReplyHints)hints)));

    [Fact]
    public void Refusal_and_give_up_are_never_retried_whatever_else_is_said() =>
        Gen.Select(OneOf(UO, CO, DO, DC, NR, UH), Gen.Int[0, (1 << 18) - 1], Gen.Int[0, 599], Gen.Int[0, 15]).Sample((never, flags, status, hints) =>
            !Retried(All, status, never | (ResponseFlags)flags, 14, (ReplyHints)hints));

    [Theory]
    [InlineData("GET", 0, false, true)]
    [InlineData("POST", 0, false, true)]
    [InlineData("POST", 0, true, false)]
    [InlineData("PATCH", 0, true, false)]
    [InlineData("PUT", 0, true, true)]
    [InlineData("DELETE", 0, true, true)]
    [InlineData("GET", 65_536, false, true)]
    [InlineData("GET", 65_537, false, false)]   // its body was not kept
    public void Request_is_repeated_only_if_it_can_be(string method, long body, bool idempotentOnly, bool repeatable) =>
        Assert.Equal(repeatable, RetryConditions.IsRepeatable(new RetryConfig { IdempotentOnly = idempotentOnly },
            new MeshRequest { Class = new RequestClass(0, 0, "s", "/"), Method = method, BodyBytes = body }));

    [Fact]
    public void Policies_with_the_same_statuses_are_equal()
    {
        Assert.Equal(new RetryConfig { StatusCodes = [429, 503] }, new RetryConfig { StatusCodes = [429, 503] });
        Assert.Equal(new RetryConfig { StatusCodes = [429, 503] }.GetHashCode(), new RetryConfig { StatusCodes = [429, 503] }.GetHashCode());
        Assert.NotEqual(new RetryConfig { StatusCodes = [429, 503] }, new RetryConfig { StatusCodes = [503, 429] });
    }
}
