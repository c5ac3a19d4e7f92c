using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Resilience;
using Mesh.Runtime.Telemetry;
using static Mesh.Runtime.Telemetry.ResponseFlags;

namespace Mesh.Runtime.Tests.Resilience;

public class RetryConditionsTests
{
    private const RetryOn All = RetryOn.ServerError | RetryOn.GatewayError | RetryOn.Reset | RetryOn.ConnectFailure | RetryOn.Retriable4xx | RetryOn.StatusCodes;

    private static Gen<ResponseFlags> OneOf(params ResponseFlags[] flags) => Gen.Int[0, flags.Length - 1].Select(i => flags[i]);

    private static bool Retried(RetryOn on, int status, ResponseFlags flags) =>
        RetryConditions.IsRetriable(new RetryConfig { On = on, StatusCodes = [429, 503] }, status, flags);

    /// <summary>What happened, and the conditions that it meets.</summary>
    [Theory]
    [InlineData(200, None, RetryOn.None)]
    [InlineData(404, None, RetryOn.None)]
    [InlineData(409, None, RetryOn.Retriable4xx)]
    [InlineData(429, None, RetryOn.StatusCodes)]
    [InlineData(500, None, RetryOn.ServerError)]
    [InlineData(501, None, RetryOn.ServerError)]
    [InlineData(502, None, RetryOn.ServerError | RetryOn.GatewayError)]
    [InlineData(503, None, RetryOn.ServerError | RetryOn.GatewayError | RetryOn.StatusCodes)]
    [InlineData(504, None, RetryOn.ServerError | RetryOn.GatewayError)]
    [InlineData(599, None, RetryOn.ServerError)]
    [InlineData(503, UC, RetryOn.ServerError | RetryOn.GatewayError | RetryOn.Reset)]
    [InlineData(503, UR, RetryOn.ServerError | RetryOn.GatewayError | RetryOn.Reset)]
    [InlineData(503, LR, RetryOn.ServerError | RetryOn.GatewayError | RetryOn.Reset)]
    [InlineData(504, UT, RetryOn.ServerError | RetryOn.GatewayError | RetryOn.Reset)]
    [InlineData(503, UF, RetryOn.ServerError | RetryOn.GatewayError | RetryOn.Reset | RetryOn.ConnectFailure)]
    [InlineData(503, UO, RetryOn.None)]
    [InlineData(503, CO, RetryOn.None)]
    [InlineData(503, UH, RetryOn.None)]
    [InlineData(404, NR, RetryOn.None)]
    [InlineData(0, DC, RetryOn.None)]
    public void Answer_is_retried_under_Envoy_s_conditions(int status, ResponseFlags flags, RetryOn meets)
    {
        foreach (var on in Enum.GetValues<RetryOn>())
            Assert.True(Retried(on, status, flags) == ((meets & on) != 0), $"{status} {flags.ToEnvoyText()} under {on}");
    }

    [Fact]
    public void Conditions_add_up() =>
        Gen.Select(Gen.Int[0, (int)All], Gen.Int[100, 599], OneOf(None, UC, UF, UT, UO, CO, DC)).Sample((on, status, flags) =>
            Retried((RetryOn)on, status, flags) == Enum.GetValues<RetryOn>().Any(one => ((RetryOn)on & one) != 0 && Retried(one, status, flags)));

    [Fact]
    public void Refusal_and_give_up_are_never_retried_whatever_else_is_said() =>
        Gen.Select(OneOf(UO, CO, DC, NR, UH), Gen.Int[0, (1 << 15) - 1], Gen.Int[0, 599]).Sample((never, flags, status) =>
            !Retried(All, status, never | (ResponseFlags)flags));
}
