using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Scenarios.Running.Live;
using Mesh.Simulator;
using Mesh.Simulator.Workloads;

namespace Mesh.Scenarios.Tests.Running.Live;

public sealed class LiveWorkloadTests
{
    [Fact]
    public async Task Requests_are_intended_when_the_plan_has_them_and_latency_counts_from_then()
    {
        await using var world = LiveWorld.WithServices("front: {workers: 1000, serviceTime: 20ms}");
        var config = Load(ArrivalProcess.Poisson) with { Stages = [new StageConfig { For = TimeSpan.FromSeconds(1), Rate = 100 }] };
        var (requests, report, begin) = await RunAsync(world, config);

        var plan = new WorkloadPlan(config, 0, new KeyedRandom(world.Config.Seed));
        var planned = plan.Arrivals().TakeWhile(at => at < 10_000_000).Select((at, number) => (At: at + begin, Key: plan.KeyOf((ulong)number))).ToList();
        Assert.Equal(planned, [.. requests.OrderBy(one => one.Intended).Select(one => (one.Intended, one.Key))]);
        Assert.All(requests, one => Assert.True(one.Sent >= one.Intended && one.Latency >= 200_000 && one.Answer is { Status: 200, Succeeded: true }));
        Assert.Equal((planned.Count, 0, 0), (report.Sent, report.Refused, report.Unanswered));
    }

    [Fact]
    public async Task Users_of_a_closed_loop_have_one_request_at_a_time()
    {
        await using var world = LiveWorld.WithServices("front: {workers: 1000, serviceTime: 50ms}");
        var (requests, _, _) = await RunAsync(world, Load(ArrivalProcess.Closed) with { Users = 4, ThinkTime = DistributionConfig.Constant(0.01) });
        Assert.InRange(requests.Count, 4, 4 * 18);
        // By user: the keys of user u's requests are known, so each one's answer must come before the next is sent.
        var plan = new WorkloadPlan(Load(ArrivalProcess.Closed) with { Users = 4 }, 0, new KeyedRandom(world.Config.Seed));
        for (int user = 0; user < 4; user++)
        {
            var own = Enumerable.Range(0, 20).Select(number => requests.FirstOrDefault(one => one.Key == plan.KeyOf(user, number))).TakeWhile(one => one.Started).ToList();
            Assert.NotEmpty(own);
            Assert.All(own.Zip(own.Skip(1)), pair => Assert.True(pair.First.Ended <= pair.Second.Intended));
        }
    }

    [Fact]
    public async Task A_client_gives_up_at_its_time_out_and_says_so_in_the_head()
    {
        await using var world = LiveWorld.WithServices("front: {workers: 1000, serviceTime: 60s}");
        await using var router = await HostRouter.StartAsync();
        router.Route("front", await world.StartAsync("front"));
        var config = Load(ArrivalProcess.Constant) with { Timeout = TimeSpan.FromMilliseconds(300), Stages = [new StageConfig { For = TimeSpan.FromSeconds(1), Rate = 10 }] };
        var (requests, _, _) = await RunAsync(world, config, router: router);
        Assert.Equal(9, requests.Count);   // the tenth would be at the end
        Assert.All(requests, one => Assert.True(one.Answer is { Status: 0, GaveUp: true, Succeeded: false } && one.Latency >= 2_900_000, one.ToString()));
        await LiveWorld.Until(() => !router.Seen.IsEmpty, "the router sees a client go");   // on a busy machine some go before they come
        Assert.All(router.Seen, call => Assert.InRange(int.Parse(call.Headers[MeshHeaders.ExpectedTimeout], System.Globalization.CultureInfo.InvariantCulture), 1, 300));
    }

    [Fact]
    public async Task Beyond_its_bound_the_generator_sends_nothing_and_says_so()
    {
        await using var world = LiveWorld.WithServices("front: {workers: 1000, serviceTime: 60s}");
        var config = Load(ArrivalProcess.Constant) with { Stages = [new StageConfig { For = TimeSpan.FromSeconds(1), Rate = 50 }] };
        var (requests, report, _) = await RunAsync(world, config, options => options with { MaxInProgress = 10, DrainLimit = TimeSpan.FromMilliseconds(50) });
        Assert.Equal((10, 39, 10), (report.Sent, report.Refused, report.Unanswered));
        Assert.Equal(39, requests.Count(one => !one.Started));
        Assert.Contains(report.Warnings(), warning => warning.Contains("did not send 39 of 49", StringComparison.Ordinal));
    }

    [Fact]
    public void Late_sends_are_counted_and_told()
    {
        var tally = new SendTally(TimeSpan.FromMilliseconds(1), most: 10);
        for (int i = 0; i < 98; i++) tally.Sent(500);
        Assert.Empty(tally.Report(0).Warnings());
        tally.Sent(50_000);
        tally.Sent(200_000);
        var report = tally.Report(0);
        Assert.Equal((100, 2), (report.Sent, report.Late));
        Assert.Equal(20, report.Milliseconds(1), 3);
        Assert.Contains("2 of 100 requests more than 1 ms late", Assert.Single(report.Warnings()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_stopped_sends_nothing_more()
    {
        await using var world = LiveWorld.WithServices("front: {}");
        var front = await world.StartAsync("front");
        var requests = new Requests();
        await using var load = new LiveWorkload([Load(ArrivalProcess.Constant) with { Stages = [new StageConfig { For = TimeSpan.FromHours(1), Rate = 100 }] }], 1,
            new LiveWorkloadOptions { Client = new LiveClientOptions { Outbound = front.Address } }, requests, world.Time);
        using var stop = new CancellationTokenSource();
        var run = load.RunAsync(world.Timers.Now, TimeSpan.FromHours(1), stop.Token);
        await LiveWorld.Until(() => requests.All.Count >= 3, "some requests are answered");
        await stop.CancelAsync();
        Assert.Equal((await run).Sent, requests.All.Count);
    }

    private static WorkloadConfig Load(ArrivalProcess arrivals) => new() { Name = "load", To = "front", Arrivals = arrivals };

    private static async Task<(IReadOnlyList<LiveRequest> Requests, LiveLoadReport Report, long Begin)> RunAsync(
        LiveWorld world, WorkloadConfig config, Func<LiveWorkloadOptions, LiveWorkloadOptions>? change = null, HostRouter? router = null)
    {
        var address = router?.Address ?? (await world.StartAsync("front")).Address;
        var options = new LiveWorkloadOptions { Client = new LiveClientOptions { Outbound = address } };
        var requests = new Requests();
        await using var load = new LiveWorkload([config], world.Config.Seed, change?.Invoke(options) ?? options, requests, world.Time);
        long begin = world.Timers.Now;
        var report = await load.RunAsync(begin, TimeSpan.FromSeconds(1));
        return ([.. requests.All], report, begin);
    }
}
