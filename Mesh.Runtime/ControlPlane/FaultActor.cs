using Akka.Actor;
using Mesh.Runtime.ControlPlane.Store;

namespace Mesh.Runtime.ControlPlane;

/// <summary>
/// The faults in force. It ends each by itself when its lease is over, and tells its parent all that are in force with every change.
/// </summary>
/// <remarks>
/// What is in force outlives it (<see cref="FaultLeases"/>): a restart neither prolongs a fault nor forgets to end it, for <see cref="PreStart"/> ends what is over and waits for the rest.
/// With a store nothing is acknowledged that is not written. What cannot be written does not begin; but it does end.
/// </remarks>
internal sealed class FaultActor : ReceiveActor
{
    private readonly FaultLeases _leases;
    private readonly TimeProvider _time;
    private readonly IFaultStore? _store;
    private ICancelable? _timer;

    public FaultActor(FaultLeases leases, TimeProvider time, IFaultStore? store)
    {
        (_leases, _time, _store) = (leases, time, store);
        Receive<InjectFault>(OnInject);
        Receive<RenewFault>(OnRenew);
        Receive<EndFault>(OnEnd);
        Receive<LeaseOver>(_ => Expire());
    }

    public static Props Props(FaultLeases leases, TimeProvider time, IFaultStore? store = null) => Akka.Actor.Props.Create(() => new FaultActor(leases, time, store));

    private long Now => _time.GetElapsedTime(0).Ticks;

    protected override void PreStart() => Expire();

    protected override void PostStop() => _timer?.Cancel();

    private void OnInject(InjectFault message)
    {
        IReadOnlyList<string> problems = message.Check?.Invoke(_leases.InForce) ?? [];
        if (problems.Count == 0) problems = _leases.Begin(message.Fault, message.Lease, Now, message.Life);
        if (problems.Count == 0 && message.IsDryRun)
        {
            _leases.End(message.Fault.Id);
            message.Reply(new FaultAnswer(message.Fault.Id, []));
            return;
        }
        if (problems.Count == 0 && Written(() => _store?.Begun(_leases.Find(message.Fault.Id)!)) is { } failure)
        {
            _leases.End(message.Fault.Id);
            problems = [failure];
        }
        message.Reply(new FaultAnswer(message.Fault.Id, problems));
        if (problems.Count == 0) Changed([], "");
    }

    private void OnRenew(RenewFault message)
    {
        string? problem = _leases.Renew(message.Id, Now) ? Written(() => _store?.Renewed(_leases.Find(message.Id)!)) : FaultAnswer.NotInForce(message.Id);
        message.Reply?.Invoke(new FaultAnswer(message.Id, problem is null ? [] : [problem]));
        if (problem is null) Changed([], "");
    }

    private void OnEnd(EndFault message)
    {
        var ended = _leases.End(message.Id);
        string? problem = ended.Count == 0 && message.Id is { } id ? FaultAnswer.NotInForce(id) : Written(() => _store?.Ended(ended, message.By, message.Why));
        message.Reply?.Invoke(new FaultAnswer(message.Id ?? "", problem is null ? [] : [problem]) { Ended = [.. ended.Select(fault => fault.Fault.Id)] });
        Changed(ended, message.Why);
    }

    private void Expire()
    {
        var ended = _leases.Expire(Now);
        Written(() => _store?.Ended(ended, JournalEntry.Itself, LeaseOver.Why));
        Changed(ended, LeaseOver.Why);
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

    /// <summary>Why it could not be written; <c>null</c> where it was.</summary>
    private static string? Written(Action write)
    {
        try
        {
            write();
            return null;
        }
        catch (StoreException error)
        {
            return error.Message;
        }
    }
}

/// <summary>A fault is to be put in force under a lease.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Lease">How long it lives without a renewal.</param>
/// <param name="Reply">Told what became of it. Runs in an actor: it must not wait.</param>
public sealed record InjectFault(FaultOrder Fault, TimeSpan Lease, Action<FaultAnswer> Reply)
{
    /// <summary>How long it lives with all its renewals; <c>null</c> for the longest life of a fault.</summary>
    public TimeSpan? Life { get; init; }

    /// <summary>Whether only to say what is wrong with it. Default false.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Asked what speaks against it beside those in force. Runs in an actor: it must not wait. Default: nothing does.</summary>
    public Func<IReadOnlyList<LeasedFault>, IReadOnlyList<string>>? Check { get; init; }
}

/// <summary>What became of a fault that was asked for, renewed or ended.</summary>
/// <param name="Id">The fault; empty for all.</param>
/// <param name="Problems">Everything that is wrong with it; empty where it is done.</param>
public sealed record FaultAnswer(string Id, IReadOnlyList<string> Problems)
{
    /// <summary>The faults that ended, last in first out.</summary>
    public IReadOnlyList<string> Ended { get; init; } = [];

    internal static string NotInForce(string id) => $"no fault '{id}' is in force";
}

/// <summary>Whoever asked for a fault is alive.</summary>
/// <param name="Id">The fault.</param>
public sealed record RenewFault(string Id)
{
    /// <summary>Told what became of it. Runs in an actor: it must not wait.</summary>
    public Action<FaultAnswer>? Reply { get; init; }
}

/// <summary>A fault is to end.</summary>
/// <param name="Id">The fault; <c>null</c> for all, last in first out.</param>
/// <param name="Why">Why, for the journal.</param>
public sealed record EndFault(string? Id, string Why)
{
    /// <summary>Who ends it, for the journal. Default: the control plane itself.</summary>
    public string By { get; init; } = JournalEntry.Itself;

    /// <summary>Told what became of it. Runs in an actor: it must not wait.</summary>
    public Action<FaultAnswer>? Reply { get; init; }
}

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
