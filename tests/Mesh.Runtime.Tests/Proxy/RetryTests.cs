using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Proxy;

public class RetryTests
{
    private static readonly PolicyConfig TwoRetries = new()
    {
        Retries = new RetryConfig { Attempts = 2, On = RetryOn.ServerError, BackoffBase = TimeSpan.FromMilliseconds(25) },
    };

    [Fact]
    public void Failed_attempt_is_repeated_until_one_succeeds()
    {
        var mesh = new TestMesh(TwoRetries);
        mesh.Upstream.Plays(Step.Answer(503), Step.Reset(), Step.Answer());
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, ResponseFlags.None), (call.Response.Status, call.Response.Flags));
        Assert.Equal([0, 1, 2], mesh.Upstream.Sent.Select(s => s.Number));
    }
}
