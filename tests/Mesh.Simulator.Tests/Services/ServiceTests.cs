using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using static Mesh.Simulator.Tests.Build;

namespace Mesh.Simulator.Tests.Services;

public sealed class ServiceTests
{
    private static long[] Milliseconds(IEnumerable<MeshEvent> events) => [.. events.Select(e => e.Duration / TimeSpan.TicksPerMillisecond)];

    /// <summary>A burst of three at once, from a caller that calls in parallel.</summary>
    private static TestWorld Burst(ServiceConfig service, int size, PolicyConfig? policy = null) => TestWorld.Run(World(1,
        [Service("caller", Constant(0), 1, 10, null, new ParallelStep([.. Enumerable.Repeat(new CallStep { To = service.Name, Optional = true }, size)])), service],
        Load("caller", 1.5, 1)) with { Mesh = new MeshConfig { Services = policy is null ? new Dictionary<string, PolicyConfig>() : new Dictionary<string, PolicyConfig> { [service.Name] = policy } } });

    private static IEnumerable<MeshEvent> Calls(TestWorld world, string service) =>
        world.Of(MeshEventKind.RequestEnded).Where(e => e.Service == world.Directory.FindService(service));

    [Fact]
    public void Requests_are_served_first_come_first_served_by_the_workers() =>
        Assert.Equal([10, 10, 20, 20, 30], Milliseconds(Calls(Burst(Service("s", Constant(10), workers: 2), 5), "s")));

    [Fact]
    public void A_full_waiting_room_answers_503_at_once()
    {
        var calls = Calls(Burst(Service("s", Constant(10), workers: 1, queue: 1), 3), "s").ToList();

        Assert.Equal([(0L, 503), (10, 200), (20, 200)], calls.Select(e => (e.Duration / TimeSpan.TicksPerMillisecond, e.Outcome)));
    }

    [Fact]
    public void Processor_sharing_slows_all_down_alike() =>
        Assert.Equal([40, 40, 40, 40], Milliseconds(Calls(Burst(Service("s", Constant(20), workers: 2) with { Discipline = QueueDiscipline.ProcessorSharing }, 4), "s")));

    [Theory]
    [InlineData(WorkerHold.OwnWork, new long[] { 15, 20, 25 })]     // the worker is free while the call is made
    [InlineData(WorkerHold.WholeCall, new long[] { 15, 30, 45 })]   // and here it is not
    public void A_worker_is_held_as_the_setting_says(WorkerHold hold, long[] expected)
    {
        var world = TestWorld.Run(World(1,
            [
                Service("caller", Constant(0), 1, 10, null, new ParallelStep([.. Enumerable.Repeat(new CallStep { To = "s" }, 3)])),
                Service("s", Constant(5), 1, 1, null, new CallStep { To = "slow" }) with { Hold = hold },
                Service("slow", Constant(10), workers: 10),
            ], Load("caller", 1.5, 1)));

        Assert.Equal(expected, Milliseconds(Calls(world, "s")));
    }

    [Fact]
    public void A_server_works_on_for_a_client_that_has_given_up_unless_told_otherwise()
    {
        var policy = new PolicyConfig { Timeout = Ms(10) };
        var working = Burst(Service("s", Constant(100)), 1, policy);
        var stopping = Burst(Service("s", Constant(100)) with { StopsWhenAbandoned = true }, 1, policy);

        Assert.Equal(504, Assert.Single(Calls(working, "s")).Outcome);
        Assert.Equal(0.1, working.Loads.Single(l => l.Service == "s").BusyFraction, 6);
        Assert.Equal(0.01, stopping.Loads.Single(l => l.Service == "s").BusyFraction, 6);
    }

    [Fact]
    public void An_abandoned_request_leaves_the_queue_and_gives_up_the_calls_it_has_made()
    {
        var world = TestWorld.Run(World(1,
            [
                Service("caller", Constant(0), 1, 10, null, new ParallelStep([.. Enumerable.Repeat(new CallStep { To = "s", Optional = true }, 3)])),
                Service("s", Constant(5), 1, 1, null, new CallStep { To = "slow" }) with { StopsWhenAbandoned = true },
                Service("slow", Constant(200), workers: 10) with { StopsWhenAbandoned = true },
            ], Load("caller", 1.5, 1)) with
        { Mesh = new MeshConfig { Services = new Dictionary<string, PolicyConfig> { ["s"] = new() { Timeout = Ms(12) } } } });

        Assert.All(Calls(world, "s"), e => Assert.Equal(504, e.Outcome));
        Assert.All(Calls(world, "slow"), e => Assert.Equal((0, ResponseFlags.DC), (e.Outcome, e.Flags)));
        Assert.Equal((7 + 2) / 10.0 / 1000, world.Loads.Single(l => l.Service == "slow").BusyFraction, 6);
        Assert.Equal(12 / 1000.0, world.Loads.Single(l => l.Service == "s").BusyFraction, 6);
    }

    [Fact]
    public void A_failed_call_fails_the_request_and_stops_the_script_unless_it_is_optional()
    {
        ServiceConfig[] Services(bool optional) =>
        [
            Service("s", Constant(1), 1, 1, null, new CallStep { To = "broken", Optional = optional }, new CallStep { To = "next" }),
            Service("broken", Constant(1)) with { Versions = [new VersionConfig { ErrorRate = 1, ServiceTime = Constant(1) }] },
            Service("next", Constant(1)),
        ];
        var failing = TestWorld.Run(World(1, Services(optional: false), Load("s", 1.5, 1)));
        var going = TestWorld.Run(World(1, Services(optional: true), Load("s", 1.5, 1)));

        Assert.Equal(500, Assert.Single(failing.Roots).Outcome);
        Assert.Empty(Calls(failing, "next"));
        Assert.Equal(200, Assert.Single(going.Roots).Outcome);
        Assert.Single(Calls(going, "next"));
    }

    [Fact]
    public void Branches_are_taken_by_weight_and_calls_by_probability()
    {
        var world = TestWorld.Run(World(100,
            [
                Service("s", Constant(0), 1, 1, null,
                    new OneOfStep([(3, new CallStep { To = "a" }), (1, new CallStep { To = "b" })]),
                    new CallStep { To = "c", Probability = 0.3 }),
                Service("a", Constant(0)), Service("b", Constant(0)), Service("c", Constant(0)),
            ], Load("s", 100, 100)));

        // 10,000 requests; five standard deviations of a binomial share
        Assert.Equal(0.75, Calls(world, "a").Count() / 1e4, 5 * Math.Sqrt(0.75 * 0.25 / 1e4));
        Assert.Equal(world.Roots.Count(), Calls(world, "a").Count() + Calls(world, "b").Count());
        Assert.Equal(0.3, Calls(world, "c").Count() / 1e4, 5 * Math.Sqrt(0.3 * 0.7 / 1e4));
    }

    [Fact]
    public void The_same_request_needs_the_same_work_whichever_replica_serves_it()
    {
        WorldConfig With(LoadBalancerAlgorithm algorithm) => World(5, [Service("s", Exponential(5), replicas: 4)], Load("s", 50, 5, ArrivalProcess.Poisson)) with
        {
            Mesh = new MeshConfig { Defaults = new PolicyConfig { LoadBalancer = new LoadBalancerConfig { Algorithm = algorithm } } },
        };
        static Dictionary<ulong, long> Arrivals(TestWorld world) => world.Roots.ToDictionary(e => e.Request, e => e.At - e.Duration);

        var random = TestWorld.Run(With(LoadBalancerAlgorithm.Random));
        var roundRobin = TestWorld.Run(With(LoadBalancerAlgorithm.RoundRobin));

        Assert.Equal(Arrivals(random).OrderBy(p => p.Key), Arrivals(roundRobin).OrderBy(p => p.Key));
        Assert.Equal(random.Loads.Sum(l => l.BusyFraction), roundRobin.Loads.Sum(l => l.BusyFraction), 9);
    }
}
