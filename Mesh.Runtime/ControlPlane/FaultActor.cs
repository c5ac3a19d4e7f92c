using Akka.Actor;

namespace Mesh.Runtime.ControlPlane;

/// <summary>
/// The faults in force. It ends each by itself when its lease is over, and tells its parent all that are in force with every change.
/// </summary>
/// <remarks>
/// What is in force outlives it (<see cref="FaultLeases"/>): a restart neither prolongs a fault nor forgets to end it, for <see cref="PreStart"/> ends what is over and waits for the rest.
/// </remarks>
internal sealed class FaultActor : ReceiveActor
{
    private readonly FaultLeases _leases;
    private readonly TimeProvider _time;
    private ICancelable? _timer;

    public FaultActor(FaultLeases leases, TimeProvider time)
    {
        (_leases, _time) = (leases, time);
        Receive<InjectFault>(OnInject);
        Receive<RenewFault>(message => { if (_leases.Renew(message.Id, Now)) Changed([], ""); });
        Receive<EndFault>(message => Changed(_leases.End(message.Id), message.Why));
        Receive<LeaseOver>(_ => Changed(_leases.Expire(Now), LeaseOver.Why));
    }

    public static Props Props(FaultLeases leases, TimeProvider time) => Akka.Actor.Props.Create(() => new FaultActor(leases, time));

    private long Now => _time.GetElapsedTime(0).Ticks;

    protected override void PreStart() => Changed(_leases.Expire(Now), LeaseOver.Why);

    protected override void PostStop() => _timer?.Cancel();

    private void OnInject(InjectFault message)
    {
        var problems = _leases.Begin(message.Fault, message.Lease, Now);
        message.Reply(new FaultAnswer(message.Fault.Id, problems));
        if (problems.Count == 0) Changed([], "");
    }

    private void Changed(IReadOnlyList<LeasedFault> ended, string why)
    {
        Context.Parent.Tell(new FaultsChanged([.. _leases.InForce], ended, why));
        _timer?.Cancel();
        _timer = null;
        if (_leases.NextDue == long.MaxValue) return;
        var wait = TimeSpan.FromTicks(Math.Max(_leases.NextDue - Now, TimeSpan.TicksPerMillisecond));
        _timer = Context.System.Scheduler.ScheduleTellOnceCancelable(wait, Self, LeaseOver.Instance, ActorRefs.NoSender);
    }
}

/// <summary>A fault is to be put in force under a lease.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Lease">How long it lives without a renewal.</param>
/// <param name="Reply">Told what became of it. Runs in an actor: it must not wait.</param>
public sealed record InjectFault(FaultOrder Fault, TimeSpan Lease, Action<FaultAnswer> Reply);

/// <summary>What became of a fault that was asked for.</summary>
/// <param name="Id">The fault.</param>
/// <param name="Problems">Everything that is wrong with it; empty where it is in force.</param>
public sealed record FaultAnswer(string Id, IReadOnlyList<string> Problems);

/// <summary>Whoever asked for a fault is alive.</summary>
/// <param name="Id">The fault.</param>
public sealed record RenewFault(string Id);

/// <summary>A fault is to end.</summary>
/// <param name="Id">The fault; <c>null</c> for all, last in first out.</param>
/// <param name="Why">Why, for the journal.</param>
public sealed record EndFault(string? Id, string Why);

/// <summary>Other faults are in force than before, or for another time.</summary>
/// <param name="InForce">Those in force, oldest first.</param>
/// <param name="Ended">Those that ended just now, last in first out.</param>
/// <param name="Why">Why they ended; empty where none did.</param>
public sealed record FaultsChanged(IReadOnlyList<LeasedFault> InForce, IReadOnlyList<LeasedFault> Ended, string Why);

/// <summary>A lease is over.</summary>
internal sealed class LeaseOver
{
    public const string Why = "its lease is over";

    public static readonly LeaseOver Instance = new();
}
