using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Mesh.Runtime.ControlPlane;
using static Mesh.Runtime.Tests.ControlPlane.FaultLeasesTests;

namespace Mesh.Runtime.Tests.ControlPlane;

/// <summary>Time is the test's: leases run when it says so.</summary>
public class FaultActorTests : TestKit
{
    private readonly IActorRef _plane;
    private readonly TestScheduler _scheduler;
    private readonly Clock _clock = new();

    public FaultActorTests()
        : base("""
            akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
            akka.test.single-expect-default = 20s
            """)
    {
        _scheduler = (TestScheduler)Sys.Scheduler;
        _plane = Sys.ActorOf(ControlPlaneActor.Props(new ControlPlaneOptions { Time = _clock, OnFaults = changed => TestActor.Tell(changed) }));
        Assert.Empty(ExpectMsg<FaultsChanged>().InForce);
    }

    private FaultsChanged Inject(string id, double seconds)
    {
        _plane.Tell(new InjectFault(Order(id), TimeSpan.FromSeconds(seconds), answer => TestActor.Tell(answer)));
        Assert.Empty(ExpectMsg<FaultAnswer>().Problems);
        return ExpectMsg<FaultsChanged>();
    }

    private void Advance(double seconds)
    {
        _clock.Ticks += TimeSpan.FromSeconds(seconds).Ticks;
        _scheduler.Advance(TimeSpan.FromSeconds(seconds));
    }

    private static string[] Ids(IEnumerable<LeasedFault> faults) => [.. faults.Select(fault => fault.Fault.Id)];

    [Fact]
    public void Fault_is_in_force_until_its_lease_is_over()
    {
        Assert.Equal(["a"], Ids(Inject("a", 10).InForce));
        Advance(9);
        _plane.Tell(new RenewFault("a"));
        Assert.Equal(["a"], Ids(ExpectMsg<FaultsChanged>().InForce));
        Advance(10);
        var over = ExpectMsg<FaultsChanged>();
        Assert.Equal((0, "a", "its lease is over"), (over.InForce.Count, Assert.Single(over.Ended).Fault.Id, over.Why));
    }

    [Fact]
    public void All_faults_end_on_demand_the_last_first()
    {
        Inject("a", 10);
        Inject("b", 20);
        _plane.Tell(new EndFault(null, "ann says so"));
        var over = ExpectMsg<FaultsChanged>();
        Assert.Equal(["b", "a"], Ids(over.Ended));
        Assert.Equal("ann says so", over.Why);
    }

    [Fact]
    public void Fault_that_cannot_be_is_refused_and_those_in_force_stay()
    {
        Inject("a", 10);
        _plane.Tell(new InjectFault(Order("a"), TimeSpan.Zero, answer => TestActor.Tell(answer)));
        Assert.Equal(2, ExpectMsg<FaultAnswer>().Problems.Count);
        _plane.Tell(new RenewFault("a"));
        Assert.Equal(["a"], Ids(ExpectMsg<FaultsChanged>().InForce));
    }

    [Fact]
    public void Restart_of_the_actor_neither_prolongs_a_fault_nor_forgets_its_end()
    {
        Inject("a", 10);
        Advance(4);
        _plane.Tell(new InjectFault(Order("b"), TimeSpan.FromSeconds(1), _ => throw new InvalidOperationException("whoever asked is gone")));
        Assert.Equal(["a", "b"], Ids(ExpectMsg<FaultsChanged>().InForce));   // after the restart
        Advance(1);
        Assert.Equal(["b"], Ids(ExpectMsg<FaultsChanged>().Ended));
        Advance(5);
        Assert.Equal(["a"], Ids(ExpectMsg<FaultsChanged>().Ended));
    }

    private sealed class Clock : TimeProvider
    {
        public long Ticks { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ticks;
    }
}
