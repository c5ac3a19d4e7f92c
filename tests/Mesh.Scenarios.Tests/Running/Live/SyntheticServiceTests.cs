using System.Net;
using Mesh.Scenarios.Running.Live;

namespace Mesh.Scenarios.Tests.Running.Live;

public sealed class SyntheticServiceTests
{
    [Fact]
    public async Task A_body_has_the_size_that_the_scenario_says()
    {
        await using var world = LiveWorld.WithServices("front: {endpoints: [{path: /big, responseSize: 3MiB}, {path: /none}]}");
        var front = await world.StartAsync("front");
        Assert.Equal(3 << 20, (await (await world.GetAsync(front, "/big", 1)).Content.ReadAsByteArrayAsync()).Length);
        Assert.Empty(await (await world.GetAsync(front, "/none", 2)).Content.ReadAsByteArrayAsync());
        var head = await world.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"http://{front.Address}/big"));
        Assert.Equal((3 << 20, 0), ((int)head.Content.Headers.ContentLength!, (await head.Content.ReadAsByteArrayAsync()).Length));
    }

    [Fact]
    public async Task Work_takes_its_time_on_the_wall()
    {
        await using var world = LiveWorld.WithServices("front: {serviceTime: 200ms}");
        var front = await world.StartAsync("front");
        long began = world.Timers.Now;
        Assert.Equal(2_000_000, LiveWorld.WorkOf(await world.GetAsync(front, "/", 1)));
        Assert.InRange(world.Timers.Now - began, 2_000_000, LiveWorld.Limit.Ticks);
    }

    [Fact]
    public async Task Burning_takes_its_time_of_the_processor()
    {
        long before = CpuWork.Spent();
        CpuWork.Burn(300_000, () => false);
        Assert.InRange(CpuWork.Spent() - before, 300_000, 600_000);
        await using var world = LiveWorld.WithServices("front: {serviceTime: 30ms}");
        var front = await world.StartAsync("front", work: ServiceWork.Cpu);
        long began = world.Timers.Now;
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync(front, "/", 1)).StatusCode);
        Assert.InRange(world.Timers.Now - began, 300_000, LiveWorld.Limit.Ticks);
    }

    [Fact]
    public async Task One_request_too_many_is_answered_503_and_the_others_are_served_in_order()
    {
        await using var world = LiveWorld.WithServices("front: {workers: 1, queue: 1, serviceTime: 1s}");
        var front = await world.StartAsync("front");
        var first = world.GetAsync(front, "/", 1);
        await LiveWorld.Until(() => front.Read().Busy == 1, "the first request is worked on");
        var second = world.GetAsync(front, "/", 2);
        await LiveWorld.Until(() => front.Read().Queued == 1, "the second request waits");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.GetAsync(front, "/", 3)).StatusCode);
        Assert.False(second.IsCompleted);
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
        var read = front.Read();
        Assert.Equal((2, 1, 0, 1), (read.Served, read.Rejected, read.Busy, read.PeakQueued));
    }

    [Theory]
    [InlineData("front", 0)]
    [InlineData("stubborn", 1)]
    public async Task A_client_that_goes_away_stops_the_work_where_the_scenario_says_so(string name, int busyAfter)
    {
        await using var world = LiveWorld.WithServices("front: {workers: 1, serviceTime: 60s, stopsWhenAbandoned: true}\nstubborn: {workers: 1, serviceTime: 60s}");
        var service = await world.StartAsync(name);
        using var patience = new CancellationTokenSource();
        var request = world.GetAsync(service, "/", 1, cancellation: patience.Token);
        await LiveWorld.Until(() => service.Read().Busy == 1, "the request is worked on");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        if (busyAfter == 0) await LiveWorld.Until(() => service.Read().Busy == 0, "it stops working");
        // The other one hears of it as well, and has had its chance to stop once it has answered somebody who came later.
        else for (int i = 0; i < 20; i++) Assert.Equal(200, (await HealthAsync(world, service)).Status);
        Assert.Equal(busyAfter, service.Read().Busy);
    }

    [Fact]
    public async Task A_request_without_a_key_gets_draws_of_its_own()
    {
        await using var world = LiveWorld.WithServices("front: {serviceTime: {mean: 1ms}}");
        var front = await world.StartAsync("front");
        var work = new HashSet<long>();
        for (int i = 0; i < 5; i++) work.Add(LiveWorld.WorkOf(await world.Http.GetAsync($"http://{front.Address}/")));
        Assert.Equal(5, work.Count);
    }

    [Fact]
    public async Task Health_says_whether_it_wants_traffic_and_costs_no_worker()
    {
        await using var world = LiveWorld.WithServices("front: {workers: 1, queue: 0, serviceTime: 60s}");
        var front = await world.StartAsync("front");
        _ = world.GetAsync(front, "/", 1);
        await LiveWorld.Until(() => front.Read().Busy == 1, "the worker is taken");
        Assert.Equal((200, "ready\n"), await HealthAsync(world, front));
        front.Readiness = ServiceReadiness.NotReady;
        Assert.Equal((503, "not ready\n"), await HealthAsync(world, front));
        front.Readiness = ServiceReadiness.Draining;
        Assert.Equal((503, "draining\n"), await HealthAsync(world, front));
    }

    [Fact]
    public async Task Draining_answers_what_was_taken()
    {
        await using var world = LiveWorld.WithServices("front: {serviceTime: 1s}");
        var front = await world.StartAsync("front");
        var taken = world.GetAsync(front, "/", 1);
        await LiveWorld.Until(() => front.Read().Busy == 1, "the request is worked on");
        Assert.True(await front.StopAsync(LiveWorld.Limit));
        Assert.Equal(HttpStatusCode.OK, (await taken).StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => world.GetAsync(front, "/", 2));
    }

    [Fact]
    public async Task Draining_ends_at_its_limit()
    {
        await using var world = LiveWorld.WithServices("front: {serviceTime: 60s}");
        var front = await world.StartAsync("front");
        var taken = world.GetAsync(front, "/", 1);
        await LiveWorld.Until(() => front.Read().Busy == 1, "the request is worked on");
        Assert.False(await front.StopAsync(TimeSpan.FromMilliseconds(100)));
        await Assert.ThrowsAsync<HttpRequestException>(() => taken);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told()
    {
        await using var world = LiveWorld.WithServices("front: {}");
        var front = await world.StartAsync("front");
        var config = world.Config.Services[0];
        var options = new SyntheticServiceOptions { Service = config, Version = config.Versions[0], Listen = new IPEndPoint(IPAddress.Loopback, front.Address.Port) };
        using var client = new LiveClient(new LiveClientOptions(), world.Time);
        await Assert.ThrowsAsync<IOException>(() => SyntheticService.StartAsync(options, new LiveReplicaPorts(world.Timers, client)));
    }

    private static async Task<(int Status, string Text)> HealthAsync(LiveWorld world, SyntheticService service)
    {
        var response = await world.Http.GetAsync($"http://{service.Address}/healthz");
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
