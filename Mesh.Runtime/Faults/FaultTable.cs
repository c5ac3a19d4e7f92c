using System.Runtime.CompilerServices;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Faults;

/// <summary>
/// The faults in force on one data plane, by site and service. A request pays one check for null while there are none.
/// Each fault ends by itself when its span is over, whether or not anybody calls <see cref="End"/>.
/// </summary>
public sealed class FaultTable(KeyedRandom random)
{
    private const int Sites = 3;

    private readonly Lock _lock = new();
    private ActiveFault[]?[]? _faults;   // by service and site; replaced whole, so that readers need no lock

    /// <summary>Puts a fault in force.</summary>
    /// <param name="config">What it does, and to which requests.</param>
    /// <param name="service">The called service's id.</param>
    /// <param name="span">When.</param>
    /// <param name="endpoints">The endpoints it is bound to; <c>null</c> for all, and at the site <see cref="FaultSite.Request"/>, where none is picked yet.</param>
    public ActiveFault Begin(FaultConfig config, int service, FaultSpan span, IEnumerable<int>? endpoints = null)
    {
        if (config.Site == FaultSite.Request && endpoints is not null)
            throw new ArgumentException($"the fault '{config.Name}' at the site 'request' cannot be bound to endpoints: none is picked yet", nameof(endpoints));
        var fault = new ActiveFault(config, span, endpoints);
        lock (_lock) Change(Slot(config.Site, service), all => [.. all, fault]);
        return fault;
    }

    /// <summary>Takes a fault out of force. Requests that it delays go on waiting.</summary>
    public void End(ActiveFault fault)
    {
        lock (_lock)
        {
            for (int slot = 0; slot < _faults?.Length; slot++)
                if (_faults[slot]?.Contains(fault) == true) Change(slot, all => [.. all.Where(one => one != fault)]);
            if (_faults is not null && Array.TrueForAll(_faults, all => all is null)) Volatile.Write(ref _faults, null);
        }
    }

    /// <summary>Whether any fault is in force at a site of calls to a service.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Any(FaultSite site, int service) => Volatile.Read(ref _faults) is { } faults && Find(faults, site, service) is not null;

    /// <summary>What the faults in force do to a request. Those with an earlier beginning come first; after an abort none follows.</summary>
    /// <param name="site">The place on the request path.</param>
    /// <param name="request">The request.</param>
    /// <param name="attempt">The attempt's number; 0 at the site <see cref="FaultSite.Request"/>.</param>
    /// <param name="endpoint">The endpoint's id; -1 at the site <see cref="FaultSite.Request"/>.</param>
    /// <param name="route">The name of the route taken; empty where it is not known.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="before">What other faults do already; after an abort none follows.</param>
    internal FaultDecision Decide(FaultSite site, MeshRequest request, int attempt, int endpoint, string route, long now, in FaultDecision before = default)
    {
        var decision = before;
        if (decision.Abort is not null) return decision;
        if (Volatile.Read(ref _faults) is not { } faults || Find(faults, site, request.Class.ServiceId) is not { } active) return decision;
        foreach (var fault in active)
        {
            if (!fault.Matches(request, endpoint, route)) continue;
            decision = fault.Decide(decision, random, request.Key, attempt, now);
            if (decision.Abort is not null) break;
        }
        return decision;
    }

    private static int Slot(FaultSite site, int service) => service * Sites + (int)site;

    private static ActiveFault[]? Find(ActiveFault[]?[] faults, FaultSite site, int service)
    {
        int slot = Slot(site, service);
        return (uint)slot < (uint)faults.Length ? faults[slot] : null;
    }

    private void Change(int slot, Func<ActiveFault[], ActiveFault[]> change)
    {
        var faults = new ActiveFault[]?[Math.Max(slot + 1, _faults?.Length ?? 0)];
        _faults?.CopyTo(faults, 0);
        var changed = change(faults[slot] ?? []);
        faults[slot] = changed.Length == 0 ? null : changed;
        Volatile.Write(ref _faults, faults);
    }
}
