using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.LoadBalancing;

/// <summary>Linkerd's penalty variant of peak EWMA.</summary>
public class FailurePenaltyTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private static readonly PeakEwmaBalancer Balancer = new(decay: 10 * Second, defaultLatency: Second / 100, penalty: 5 * Second);

    private static EndpointState After(AttemptSample sample, double rtt = 0.01, long updated = 0)
    {
        var state = new EndpointState { Latency = rtt * Second, Updated = updated, Sampled = true };
        Balancer.Ended(0, ref state, in sample);
        return state;
    }

    private static AttemptSample Answer(int status, int grpc = -1, double retryAfter = 0, long now = 0) =>
        new(now, Second / 1000, status, grpc, ResponseFlags.None, (long)(retryAfter * Second));

    [Theory]
    [InlineData(200, -1, false)]
    [InlineData(404, -1, false)]
    [InlineData(0, -1, false)]
    [InlineData(429, -1, true)]
    [InlineData(500, -1, true)]
    [InlineData(503, -1, true)]
    [InlineData(504, -1, true)]
    [InlineData(200, 0, false)]
    [InlineData(200, 1, false)]
    [InlineData(200, 5, false)]
    [InlineData(200, 2, true)]
    [InlineData(200, 4, true)]
    [InlineData(200, 8, true)]
    [InlineData(200, 13, true)]
    [InlineData(200, 14, true)]
    [InlineData(200, 15, true)]
    public void Failure_counts_as_five_seconds(int status, int grpc, bool penalized)
    {
        var state = After(Answer(status, grpc));
        if (penalized) Assert.Equal(5 * Second, state.Latency);
        else Assert.True(state.Latency <= Second / 100);
    }

    [Theory]
    [InlineData(2, 5)]
    [InlineData(60, 60)]
    [InlineData(3600, 300)]
    public void Retry_after_counts_where_it_is_longer_and_at_most_300_s(double retryAfter, double expected) =>
        Assert.Equal(expected * Second, After(Answer(429, retryAfter: retryAfter)).Latency);

    [Fact]
    public void Failure_never_lowers_the_average()
    {
        Assert.Equal(20 * Second, After(Answer(503), rtt: 20).Latency);
        Assert.Equal(20 * Second * Math.Exp(-1), After(Answer(503, now: 10 * Second), rtt: 20).Latency, 1.0);
        Assert.Equal(5 * Second, After(Answer(503, now: 30 * Second), rtt: 20).Latency);   // 20 s have decayed to 1 s
    }

    [Fact]
    public void Reading_changes_nothing_and_decays()
    {
        var states = new EndpointStates();
        states.GetOrAdd(0) = After(Answer(503));
        for (int look = 0; look < 3; look++) Assert.Equal(5 * Second * Math.Exp(-0.5), Balancer.Cost(states, 0, 5 * Second), 1.0);
        Assert.Equal(0, states.GetOrAdd(0).Updated);
    }

    [Fact]
    public void Fast_failures_draw_traffic_without_the_penalty_and_repel_it_with_it()
    {
        Assert.Equal(100, Picks(null));
        Assert.Equal(0, Picks(5 * Second));

        static int Picks(long? penalty)
        {
            var balancer = new PeakEwmaBalancer(10 * Second, Second / 100, penalty);
            var fleet = Fleet.Idle(2);
            for (int i = 0; i < 100; i++)
            {
                balancer.Ended(0, ref fleet.States.GetOrAdd(0), Answer(503, now: i * Second));
                balancer.Ended(10, ref fleet.States.GetOrAdd(10), new AttemptSample(i * Second, Second / 20, 200, -1, ResponseFlags.None, 0));
            }
            int failing = 0;
            for (int i = 0; i < 100; i++) failing += fleet.Pick(balancer, 99 * Second) == 0 ? 1 : 0;
            return failing;
        }
    }
}
