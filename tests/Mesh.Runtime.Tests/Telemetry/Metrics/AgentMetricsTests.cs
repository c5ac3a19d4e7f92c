using Mesh.Runtime.ControlPlane;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Runtime.Tests.Telemetry.Metrics;

public class AgentMetricsTests
{
    [Fact]
    public async Task Proxy_says_how_it_stands_with_its_control_plane_and_for_how_long_it_has_heard_nothing()
    {
        var time = new FakeTimeProvider();
        long version = DateTimeOffset.UnixEpoch.AddYears(56).ToUnixTimeMilliseconds();   // what a live control plane counts from
        var status = new AgentStatus { State = AgentConnection.Connected, Version = version, Heard = time.GetTimestamp(), Losses = 3, Rejections = 2, Undecided = 4 };
        await using var telemetry = Sample.Telemetry(new());
        telemetry.Watch(() => [("cart-1", status), ("up-1", new AgentStatus { Version = 7 })], time);
        time.Advance(TimeSpan.FromSeconds(5));
        var scrape = await Scrape.OfAsync(telemetry);
        Assert.Equal(version, scrape.Value("meshlab_snapshot_version", ("proxy", "cart-1")));
        Assert.Equal(7, scrape.Value("meshlab_snapshot_version", ("proxy", "up-1")));
        Assert.Equal(1, scrape.Value("meshlab_control_plane_connected", ("proxy", "cart-1")));
        Assert.Equal(5, scrape.Value("meshlab_control_plane_staleness_seconds", ("proxy", "cart-1")));
        Assert.Equal(3, scrape.Value("meshlab_control_plane_losses_total", ("proxy", "cart-1")));
        Assert.Equal(2, scrape.Value("meshlab_snapshot_rejections_total", ("proxy", "cart-1")));
        Assert.Equal(4, scrape.Value("meshlab_rate_limit_undecided_total", ("proxy", "cart-1")));

        status = status with { State = AgentConnection.Stale };
        time.Advance(TimeSpan.FromSeconds(60));
        scrape = await Scrape.OfAsync(telemetry);
        Assert.Equal(0, scrape.Value("meshlab_control_plane_connected", ("proxy", "cart-1")));
        Assert.Equal(65, scrape.Value("meshlab_control_plane_staleness_seconds", ("proxy", "cart-1")));
    }
}
