using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using static Mesh.Simulator.Tests.Build;

namespace Mesh.Simulator.Tests.Network;

/// <summary>What the network charges, in worlds where everything is constant and the sum can be written down.</summary>
public sealed class NetworkTests
{
    private static readonly LinkConfig OneMillisecond = new() { Latency = Constant(1) };

    private static double[] Latencies(WorldConfig config) =>
        [.. TestWorld.Run(config).Roots.Select(e => TimeSpan.FromTicks(e.Duration).TotalMilliseconds)];

    [Theory]
    [InlineData(false, 2 + 2 + 5)]    // TCP, then request and answer, and the work
    [InlineData(true, 2 + 2 + 2 + 5)] // and TLS
    public void A_new_connection_costs_its_round_trips_and_a_kept_one_none(bool mutualTls, double first)
    {
        var config = World(1, [Service("a", Constant(5))], Load("a", 4, 1)) with { Network = new NetworkConfig { SameZone = OneMillisecond, MutualTls = mutualTls } };

        Assert.Equal([first, 7, 7], Latencies(config));
    }

    [Fact]
    public void An_idle_connection_is_not_kept_beyond_its_time()
    {
        var config = World(1, [Service("a", Constant(5))], Load("a", 4, 1)) with
        {
            Network = new NetworkConfig { SameZone = OneMillisecond, MutualTls = false },
            Mesh = new MeshConfig { Defaults = new PolicyConfig { Limits = new LimitsConfig { IdleTimeout = Ms(100) } } },
        };

        Assert.Equal([9, 9, 9], Latencies(config));
    }

    [Fact]
    public void A_sidecar_costs_its_time_on_both_sides_and_for_each_handshake()
    {
        var config = World(1, [Service("a", Constant(5))], Load("a", 4, 1)) with
        {
            Network = new NetworkConfig { SameZone = OneMillisecond },
            Sidecar = new SidecarConfig { PerRequest = Ms(0.5), PerHandshake = Ms(2) },
        };

        Assert.Equal([11 + 1 + 4, 7 + 1, 7 + 1], Latencies(config));
    }

    [Fact]
    public void Messages_share_a_links_bandwidth_first_come_first_served()
    {
        // 1,000,000 bytes at 80 Mbit/s take 100 ms; three sent at once end after 100, 200 and 300 ms.
        var config = World(1,
            [Service("a", Constant(0), 1, 10, null, new ParallelStep([.. Enumerable.Repeat(new CallStep { To = "b", RequestBytes = 1_000_000 }, 3)])), Service("b", Constant(0), workers: 3)],
            Load("a", 1.5, 1)) with { Network = new NetworkConfig { SameZone = new LinkConfig { BitsPerSecond = 8e7 }, MutualTls = false } };
        var world = TestWorld.Run(config);

        var calls = world.Of(MeshEventKind.RequestEnded).Where(e => e.Service == world.Directory.FindService("b")).Select(e => e.Duration / TimeSpan.TicksPerMillisecond);
        Assert.Equal([100, 200, 300], calls);
    }

    [Fact]
    public void A_response_is_over_when_its_last_byte_is_here()
    {
        var service = Service("a", Constant(5)) with { Classes = [new RequestClassConfig { Path = "/", ResponseBytes = 100_000 }] };
        var config = World(1, [service], Load("a", 4, 1)) with
        {
            Network = new NetworkConfig { SameZone = new LinkConfig { Latency = Constant(1), BitsPerSecond = 8e7 }, MutualTls = false },
        };
        var world = TestWorld.Run(config);

        Assert.All(world.Roots.Skip(1), e => Assert.Equal(Ms(7 + 10).Ticks, e.Duration));
        Assert.All(world.Of(MeshEventKind.AttemptEnded).Skip(1), e => Assert.Equal(Ms(7 + 10).Ticks, e.Duration));
    }

    [Fact]
    public void The_total_deadline_also_cuts_a_body_short()
    {
        var service = Service("a", Constant(5)) with { Classes = [new RequestClassConfig { Path = "/", ResponseBytes = 1_000_000 }] };
        var config = World(1, [service], Load("a", 1.5, 1)) with
        {
            Network = new NetworkConfig { SameZone = new LinkConfig { BitsPerSecond = 8e7 }, MutualTls = false },
            Mesh = new MeshConfig { Defaults = new PolicyConfig { Timeout = Ms(50) } },
        };

        var root = Assert.Single(TestWorld.Run(config).Roots);
        Assert.Equal((Ms(50).Ticks, 0, ResponseFlags.UT), (root.Duration, root.Outcome, root.Flags));
    }

    /// <summary>Losses before success are geometric: the mean wait is sum p^k·(2^k-1)·200 ms·(1-p) = 200 ms·p/(1-2p).</summary>
    [Fact]
    public void A_lost_message_comes_late_by_the_doubling_retransmission_time()
    {
        const double loss = 0.1;
        var config = World(200, [Service("a", Constant(0), workers: 1000)], Load("a", 100, 200)) with
        {
            Network = new NetworkConfig { SameZone = new LinkConfig { Loss = loss }, MutualTls = false },
        };
        var waits = Latencies(config with { Mesh = new MeshConfig { Defaults = new PolicyConfig { Limits = new LimitsConfig { IdleTimeout = TimeSpan.FromDays(1) } } } });

        Assert.All(waits, wait => Assert.Equal(0, wait % 200));
        Assert.Equal(Math.Pow(1 - loss, 2), waits.Count(w => w == 0) / (double)waits.Length, 0.03);   // request and answer; the rest opened connections too
        Assert.True(waits.Length is 19_999 or 20_000);
    }

    [Fact]
    public void Traffic_between_zones_takes_the_link_between_zones()
    {
        var config = World(1,
            [Service("a", Constant(0)) with { Versions = [new VersionConfig { Replicas = 1, Zones = new Dictionary<string, int> { ["b"] = 1 }, ServiceTime = Constant(0) }] }],
            Load("a", 4, 1)) with
        {
            Zones = ["a", "b"],
            Network = new NetworkConfig { SameZone = OneMillisecond, CrossZone = new LinkConfig { Latency = Constant(10) }, MutualTls = false },
        };

        Assert.Equal([40, 20, 20], Latencies(config));
    }
}
