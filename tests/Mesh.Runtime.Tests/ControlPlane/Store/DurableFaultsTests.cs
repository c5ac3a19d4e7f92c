using Akka.Actor;
using Akka.TestKit.Xunit2;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Store;
using Microsoft.Extensions.Time.Testing;
using static Mesh.Runtime.Tests.ControlPlane.Injection.WrittenFaults;

namespace Mesh.Runtime.Tests.ControlPlane.Store;

/// <summary>The fault actor before its store.</summary>
public class DurableFaultsTests : TestKit
{
    private readonly FakeTimeProvider _time = new();
    private readonly Recorded _store = new();
    private readonly long _began;

    public DurableFaultsTests() : base("akka.test.single-expect-default = 20s") => _began = _time.GetElapsedTime(0).Ticks;

    private IActorRef Start() => Sys.ActorOf(ControlPlaneActor.Props(new ControlPlaneOptions { Time = _time, Store = _store, OnFaults = changed => TestActor.Tell(changed) }));

    private InjectFault Inject(string id) => new(Written(id), TimeSpan.FromSeconds(30), answer => TestActor.Tell(answer)) { Life = TimeSpan.FromSeconds(60) };

    [Fact]
    public void Beginning_renewal_and_end_are_written_before_they_are_acknowledged()
    {
        var plane = Start();
        ExpectMsg<FaultsChanged>();
        plane.Tell(new InjectFault(Written("a"), TimeSpan.FromSeconds(30), answer => TestActor.Tell((answer, _store.Last))) { Life = TimeSpan.FromSeconds(60) });
        Assert.Equal("began a", ExpectMsg<(FaultAnswer, string)>().Item2);
        ExpectMsg<FaultsChanged>();
        plane.Tell(new RenewFault("a") { Reply = answer => TestActor.Tell((answer, _store.Last)) });
        Assert.Equal("renewed a", ExpectMsg<(FaultAnswer, string)>().Item2);
        ExpectMsg<FaultsChanged>();
        plane.Tell(new EndFault("a", "enough") { By = "bob", Reply = answer => TestActor.Tell((answer, _store.Last)) });
        Assert.Equal("ended a by bob: enough", ExpectMsg<(FaultAnswer, string)>().Item2);
    }

    [Fact]
    public void Fault_that_cannot_be_written_does_not_begin()
    {
        var plane = Start();
        ExpectMsg<FaultsChanged>();
        _store.IsFull = true;
        plane.Tell(Inject("a"));
        Assert.Equal(["the disk is full"], ExpectMsg<FaultAnswer>().Problems);
        _store.IsFull = false;
        plane.Tell(Inject("b"));
        ExpectMsg<FaultAnswer>();
        Assert.Equal("b", Assert.Single(ExpectMsg<FaultsChanged>().InForce).Fault.Id);
    }

    [Fact]
    public void Fault_ends_though_that_cannot_be_written_and_whoever_ended_it_is_told()
    {
        var plane = Start();
        ExpectMsg<FaultsChanged>();
        plane.Tell(Inject("a"));
        ExpectMsg<FaultAnswer>();
        ExpectMsg<FaultsChanged>();
        _store.IsFull = true;
        plane.Tell(new EndFault("a", "enough") { Reply = answer => TestActor.Tell(answer) });
        var answer = ExpectMsg<FaultAnswer>();
        Assert.Equal(("the disk is full", "a"), (answer.Problems[0], answer.Ended[0]));
        Assert.Empty(ExpectMsg<FaultsChanged>().InForce);
    }

    [Fact]
    public void What_an_earlier_process_had_in_force_is_in_force_and_what_has_run_out_meanwhile_has_ended()
    {
        _time.Advance(TimeSpan.FromSeconds(100));
        long now = _time.GetElapsedTime(0).Ticks;
        _store.Kept.Add(new LeasedFault(Written("over"), TimeSpan.FromSeconds(5), now - 100, now - 1) { Until = now + 100 });
        _store.Kept.Add(new LeasedFault(Written("still"), TimeSpan.FromSeconds(50), now - 100, now + TimeSpan.FromSeconds(20).Ticks) { Until = now + TimeSpan.FromSeconds(90).Ticks });
        Start();
        var changed = ExpectMsg<FaultsChanged>();
        Assert.Equal(("still", "over"), (Assert.Single(changed.InForce).Fault.Id, Assert.Single(changed.Ended).Fault.Id));
        Assert.Equal("ended over by meshlab: its lease is over", _store.Last);
    }

    [Fact]
    public void No_renewal_carries_a_fault_past_its_life()
    {
        var plane = Start();
        ExpectMsg<FaultsChanged>();
        plane.Tell(Inject("a"));   // a lease of 30 s in a life of 60
        ExpectMsg<FaultAnswer>();
        ExpectMsg<FaultsChanged>();
        _time.Advance(TimeSpan.FromSeconds(29));
        plane.Tell(new RenewFault("a"));
        Assert.Equal(59, Seconds(Assert.Single(ExpectMsg<FaultsChanged>().InForce).Ends));
        _time.Advance(TimeSpan.FromSeconds(20));
        plane.Tell(new RenewFault("a"));
        Assert.Equal(60, Seconds(Assert.Single(ExpectMsg<FaultsChanged>().InForce).Ends));
    }

    [Fact]
    public void What_speaks_against_a_fault_is_asked_where_no_other_can_come_between()
    {
        var plane = Start();
        ExpectMsg<FaultsChanged>();
        // Both are sent before either is answered.
        foreach (string id in new[] { "a", "b" }) plane.Tell(Inject(id) with { Check = inForce => inForce.Count > 0 ? ["one at a time"] : [] });
        Assert.Empty(ExpectMsg<FaultAnswer>(answer => answer.Id == "a").Problems);
        FishForMessage(message => message is FaultAnswer { Id: "b", Problems: ["one at a time"] });
    }

    [Fact]
    public void Dry_run_says_what_is_wrong_and_leaves_nothing_behind()
    {
        var plane = Start();
        ExpectMsg<FaultsChanged>();
        plane.Tell(Inject("a") with { IsDryRun = true });
        Assert.Empty(ExpectMsg<FaultAnswer>().Problems);
        Assert.Equal("", _store.Last);
        plane.Tell(new RenewFault("a") { Reply = answer => TestActor.Tell(answer) });
        Assert.Equal(["no fault 'a' is in force"], ExpectMsg<FaultAnswer>().Problems);
    }

    private double Seconds(long ticks) => Math.Round(TimeSpan.FromTicks(ticks - _began).TotalSeconds, 3);

    private sealed class Recorded : IFaultStore
    {
        public List<LeasedFault> Kept { get; } = [];

        public string Last { get; private set; } = "";

        public bool IsFull { get; set; }

        public IReadOnlyList<LeasedFault> Load() => Kept;

        public void Begun(LeasedFault fault) => Write($"began {fault.Fault.Id}");

        public void Renewed(LeasedFault fault) => Write($"renewed {fault.Fault.Id}");

        public void Ended(IReadOnlyList<LeasedFault> faults, string by, string why)
        {
            if (faults.Count > 0) Write($"ended {string.Join(' ', faults.Select(fault => fault.Fault.Id))} by {by}: {why}");
        }

        private void Write(string what) => Last = IsFull ? throw new StoreException("the disk is full") : what;
    }
}
