using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Simulator.Tests.Health;

/// <summary>What health checks find in synthetic services: degraded ones, and full ones where a check takes a worker.</summary>
public sealed class CheckTests
{
    private static readonly HealthCheckConfig EverySecond = new() { Interval = TimeSpan.FromSeconds(1), NoTrafficInterval = TimeSpan.FromSeconds(1) };

    /// <summary>Two versions, one of whose answers say that it is degraded.</summary>
    private static TestWorld Degraded(int degraded, int healthy, PolicyConfig policy, params RequestClassConfig[] classes)
    {
        var version = new VersionConfig { ServiceTime = Build.Constant(1), Workers = 4 };
        IReadOnlyList<KeyValuePair<string, string>> headers = classes.Length > 0 ? [] : [new("X-Envoy-Degraded", "yes")];
        var service = new ServiceConfig
        {
            Name = "back", Classes = classes,
            Versions = [version with { Name = "old", Replicas = degraded, ResponseHeaders = headers }, version with { Name = "new", Replicas = healthy }],
        };
        var config = Build.World(10, [service], Build.Load("back", 100, 10));
        return TestWorld.Run(config with { Mesh = new MeshConfig { Defaults = policy } });
    }

    private static double ShareOf(TestWorld test, string version) =>
        test.Of(MeshEventKind.AttemptStarted).Count(e => test.EndpointOf(e).Contains(version, StringComparison.Ordinal)) / (double)test.Of(MeshEventKind.AttemptStarted).Count();

    [Fact]
    public void Replica_whose_check_says_it_is_degraded_gets_no_request_while_the_others_suffice()
    {
        var test = Degraded(1, 3, new() { HealthCheck = EverySecond });
        Assert.Equal(0, ShareOf(test, "old"));
        Assert.All(test.Of(MeshEventKind.HealthChanged), e => Assert.Equal((2, "back-old-0"), (e.Outcome, test.EndpointOf(e))));
        Assert.DoesNotContain(test.Of(MeshEventKind.PanicChanged), _ => true);
    }

    [Fact]
    public void Degraded_replicas_get_what_the_healthy_cannot_carry()
    {
        var test = Degraded(3, 1, new() { HealthCheck = EverySecond });
        Assert.InRange(ShareOf(test, "old"), 0.6, 0.7);      // 65% and four standard deviations of 1000 requests
    }

    [Fact]
    public void Without_checks_nobody_hears_of_it() => Assert.InRange(ShareOf(Degraded(2, 2, new()), "old"), 0.4, 0.6);

    [Fact]
    public void Only_the_answer_to_the_check_s_own_path_counts()
    {
        var other = new RequestClassConfig { Path = "/pay", ResponseHeaders = [new("x-envoy-degraded", "")] };
        Assert.Empty(Degraded(1, 1, new() { HealthCheck = EverySecond }, other).Of(MeshEventKind.HealthChanged));
        Assert.NotEmpty(Degraded(1, 1, new() { HealthCheck = EverySecond with { Path = "/pay" } }, other).Of(MeshEventKind.HealthChanged));
    }

    /// <summary>One worker that 20 requests a second keep busy five times over, and room for five to wait.</summary>
    private static TestWorld Full(HealthCheckConfig check, RequestClassConfig? path = null)
    {
        var service = Build.Service("back", Build.Constant(250), workers: 1, queue: 5);
        if (path is not null) service = service with { Classes = [path] };
        var config = Build.World(10, [service], Build.Load("back", 20, 10));
        return TestWorld.Run(config with { Mesh = new MeshConfig { Defaults = new() { HealthCheck = check, PanicThreshold = 0 } } });
    }

    [Fact]
    public void Full_replica_passes_checks_beside_its_work_and_fails_those_that_need_a_worker()
    {
        Assert.Empty(Full(EverySecond).Of(MeshEventKind.HealthChanged));
        var changes = Full(EverySecond with { UsesWorkers = true }).Of(MeshEventKind.HealthChanged).Select(e => e.Outcome).ToList();
        Assert.Contains(0, changes);      // 503 of the full queue, at once
        Assert.Contains(1, changes);      // and well again, once it had no requests for a while
    }

    [Fact]
    public void Check_waits_in_the_queue_for_its_turn()
    {
        var patient = Full(EverySecond with { UsesWorkers = true, Timeout = TimeSpan.FromSeconds(5), UnhealthyThreshold = 1 }, new RequestClassConfig { Path = "/" });
        var hasty = Full(EverySecond with { UsesWorkers = true, Timeout = TimeSpan.FromMilliseconds(100), UnhealthyThreshold = 1 }, new RequestClassConfig { Path = "/" });
        Assert.True(First(hasty) < First(patient), $"{First(hasty)} {First(patient)}");
        static long First(TestWorld test) => test.Of(MeshEventKind.HealthChanged).Where(e => e.Outcome == 0).Select(e => e.At).DefaultIfEmpty(long.MaxValue).Min();
    }

    [Fact]
    public void Error_fails_a_check_that_takes_a_worker()
    {
        var service = Build.Service("back", Build.Constant(1), workers: 4);
        service = service with { Versions = [service.Versions[0] with { ErrorRate = 1 }] };
        TestWorld Run(bool uses) => TestWorld.Run(Build.World(5, [service], Build.Load("back", 10, 5)) with
        {
            Mesh = new MeshConfig { Defaults = new() { HealthCheck = EverySecond with { UsesWorkers = uses } } },
        });
        Assert.Empty(Run(false).Of(MeshEventKind.HealthChanged));
        Assert.Equal([0, 0], Run(true).Of(MeshEventKind.HealthChanged).Select(e => e.Outcome));      // the ingress and the replica's own proxy
    }

    [Fact]
    public void World_whose_checks_take_workers_is_reproducible()
    {
        var check = EverySecond with { UsesWorkers = true, IntervalJitterPercent = 0.5 };
        Assert.Equal(Full(check).Trace, Full(check).Trace);
    }
}
