using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Conformance.Tests;

/// <summary>The suite finds what it is there to find.</summary>
public class PlantedBugTests
{
    public static TheoryData<string, string> Bugs => new()
    {
        { "a retry more than the policy says", "always-500" },
        { "resets are not retried", "resets-before-headers" },
        { "Retry-After is not looked at", "retry-after" },
        { "a tried endpoint is not avoided", "one-is-closed" },
        { "UNAVAILABLE is not retried", "grpc-in-headers" },
    };

    [Theory]
    [MemberData(nameof(Bugs))]
    public async Task Bug_in_the_policy_shows_in_both_worlds(string bug, string behaviour)
    {
        var played = Behaviours.Find(behaviour);
        var wrong = CasePolicies.Retries with { Own = new PolicyConfig { Retries = Broken(bug, CasePolicies.Retries.Own.Retries!) } };
        string should = Golden.Of(played, CasePolicies.Retries);
        Assert.NotEqual(should, Case.Virtual(played, wrong).Trace);
        Assert.NotEqual(should, (await Case.LiveAsync(played, wrong)).Trace);
    }

    [Theory]
    [InlineData("resets-before-headers")]
    [InlineData("resets-every-other")]
    public async Task Bug_in_the_simulated_network_shows_in_the_comparison(string behaviour)
    {
        var played = Behaviours.Find(behaviour);
        string wrong = Case.Virtual(played, CasePolicies.Retries, network => new ResetsAsErrors(network)).Trace;
        var live = await Case.LiveAsync(played, CasePolicies.Retries);
        string? difference = Comparison.Difference(played, CasePolicies.Retries, ("virtual", wrong), ("live", live.Trace));
        Assert.NotNull(difference);
        Assert.Contains("500 -", difference);
        Assert.Contains("503 UC", difference);
        Assert.Contains(Comparison.Command(played, CasePolicies.Retries), difference);
    }

    private static RetryConfig Broken(string bug, RetryConfig right) => bug switch
    {
        "a retry more than the policy says" => right with { Attempts = right.Attempts + 1 },
        "resets are not retried" => right with { On = right.On & ~RetryOn.ServerError, StatusCodes = [429, new StatusRange(500, 599)] },
        "Retry-After is not looked at" => right with { HonorRetryAfter = false },
        "a tried endpoint is not avoided" => right with { AvoidTried = 0 },
        "UNAVAILABLE is not retried" => right with { On = right.On & ~RetryOn.GrpcUnavailable },
        _ => throw new ArgumentOutOfRangeException(nameof(bug), bug, "not a bug that is known here"),
    };

    /// <summary>A network that takes a reset connection for an answer.</summary>
    private sealed class ResetsAsErrors(IUpstream network) : IUpstream
    {
        public async ValueTask<UpstreamReply> SendAsync(Attempt attempt, CancellationToken cancellation)
        {
            var reply = await network.SendAsync(attempt, cancellation);
            return (reply.Flags & ResponseFlags.UC) != 0 ? new UpstreamReply(500, ResponseFlags.None, 0, Complete: true) : reply;
        }
    }
}
