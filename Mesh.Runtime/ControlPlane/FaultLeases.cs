using Mesh.Runtime.ControlPlane.Injection;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane;

/// <summary>
/// Which faults are in force, and until when. Sans IO and for one owner. A fault lives by its lease: it ends when nobody has renewed it in time, and no renewal carries it past the
/// longest life of a fault.
/// </summary>
internal sealed class FaultLeases
{
    /// <summary>Faults in force at once.</summary>
    public const int MaxFaults = 256;

    /// <summary>The longest life of a fault, with all its renewals.</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromHours(24);

    private readonly List<LeasedFault> _faults = [];   // oldest first

    /// <summary>The faults in force, oldest first.</summary>
    public IReadOnlyList<LeasedFault> InForce => _faults;

    /// <summary>Puts a fault in force.</summary>
    /// <param name="fault">What, where and by whom.</param>
    /// <param name="lease">How long it lives without a renewal.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="life">How long it lives with all its renewals. Default <see cref="MaxLife"/>.</param>
    /// <returns>Everything that is wrong with it; empty where it is in force.</returns>
    public IReadOnlyList<string> Begin(FaultOrder fault, TimeSpan lease, long now, TimeSpan? life = null)
    {
        var problems = new List<string>();
        if (lease <= TimeSpan.Zero || lease > MaxLife) problems.Add($"a lease of {lease} is not above 0 and at most {MaxLife.TotalHours} h");
        if (life is { } most && (most <= TimeSpan.Zero || most > MaxLife)) problems.Add($"a life of {most} is not above 0 and at most {MaxLife.TotalHours} h");
        problems.AddRange(SnapshotRules.Problems(fault));
        if (_faults.Exists(known => known.Fault.Id == fault.Id)) problems.Add($"there is a fault '{fault.Id}' already");
        if (_faults.Count >= MaxFaults) problems.Add($"{MaxFaults} faults are in force, the most that there may be; end some first");
        if (problems.Count > 0) return problems;
        long until = now + (life ?? MaxLife).Ticks;
        _faults.Add(new LeasedFault(fault, lease, now, Math.Min(now + lease.Ticks, until)) { Until = until });
        return problems;
    }

    /// <summary>Takes over what an earlier control plane had in force, the oldest first.</summary>
    public void Restore(IEnumerable<LeasedFault> faults) => _faults.AddRange(faults);

    /// <summary>Whoever asked for a fault is alive: its lease runs anew.</summary>
    /// <returns>Whether it is in force.</returns>
    public bool Renew(string id, long now)
    {
        int index = _faults.FindIndex(known => known.Fault.Id == id && known.Ends > now);
        if (index < 0) return false;
        var known = _faults[index];
        _faults[index] = known with { Ends = Math.Min(now + known.Lease.Ticks, known.Until) };
        return true;
    }

    /// <summary>The fault in force with this id; <c>null</c> where there is none.</summary>
    public LeasedFault? Find(string id) => _faults.Find(known => known.Fault.Id == id);

    /// <summary>Ends a fault; with <c>null</c> all.</summary>
    /// <returns>What ended, last in first out.</returns>
    public IReadOnlyList<LeasedFault> End(string? id) => Remove(known => id is null || known.Fault.Id == id);

    /// <summary>Ends those whose lease is over.</summary>
    /// <returns>What ended, last in first out.</returns>
    public IReadOnlyList<LeasedFault> Expire(long now) => Remove(known => known.Ends <= now);

    /// <summary>When the next lease is over, in ticks; <see cref="long.MaxValue"/> where no fault is in force.</summary>
    public long NextDue => _faults.Select(known => known.Ends).DefaultIfEmpty(long.MaxValue).Min();

    private List<LeasedFault> Remove(Predicate<LeasedFault> ends)
    {
        var ended = _faults.FindAll(ends);
        _faults.RemoveAll(ends);
        ended.Reverse();
        return ended;
    }
}

/// <summary>A fault, and where it acts.</summary>
/// <param name="Id">What it is called; unique among those in force.</param>
/// <param name="Fault">What sidecars do, and to which requests.</param>
/// <param name="Service">The called service.</param>
/// <param name="Version">Its version; <c>null</c> for all.</param>
/// <param name="Zone">Its zone; <c>null</c> for all.</param>
/// <param name="By">Who asked for it.</param>
public sealed record FaultOrder(string Id, FaultConfig Fault, string Service, string? Version, string? Zone, string By)
{
    /// <summary>As it was written; <c>null</c> where nobody wrote it.</summary>
    public FaultRequest? Written { get; init; }
}

/// <summary>A fault in force.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Lease">How long it lives without a renewal.</param>
/// <param name="Began">When it began, in ticks.</param>
/// <param name="Ends">When it ends by itself, in ticks.</param>
public sealed record LeasedFault(FaultOrder Fault, TimeSpan Lease, long Began, long Ends)
{
    /// <summary>When it ends whoever renews it, in ticks.</summary>
    public long Until { get; init; } = long.MaxValue;
}
