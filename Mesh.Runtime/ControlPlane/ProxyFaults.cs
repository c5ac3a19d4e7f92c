using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.ControlPlane;

/// <summary>
/// The control plane's faults at one proxy. Each ends by the proxy's own clock when its lease is over, whether or not anybody says so, and at once when a newer snapshot no longer
/// has it. Sans IO and for one owner.
/// </summary>
internal sealed class ProxyFaults(OutboundPipeline outbound, InboundPipeline? inbound)
{
    private readonly Dictionary<string, Held> _held = new(StringComparer.Ordinal);
    private readonly List<FaultMeasured> _ended = [];   // what they did, and nobody has asked for yet

    /// <summary>Puts in force what the snapshot has, and takes out of force what it does not have any more.</summary>
    public void Apply(MeshSnapshot snapshot)
    {
        if (_held.Count == 0 && !snapshot.IsAfflicted) return;
        var wanted = snapshot.Services.SelectMany(service => service.Faults.Select(fault => (Service: service, Fault: fault)))
            .ToDictionary(one => one.Fault.Fault.Id, StringComparer.Ordinal);
        foreach (var (id, held) in _held.ToList())
            if (!wanted.TryGetValue(id, out var still) || still.Fault.Fault != held.Order) End(id, held);
        foreach (var (service, fault) in wanted.Values) PutInForce(service, fault);
    }

    /// <summary>Takes out of force all others than these.</summary>
    public void Keep(IReadOnlyCollection<string> ids)
    {
        foreach (var (id, held) in _held.ToList())
            if (!ids.Contains(id)) End(id, held);
    }

    /// <summary>What the faults did since this was last asked.</summary>
    public IReadOnlyList<FaultMeasured> Take()
    {
        var measured = new List<FaultMeasured>(_ended);
        _ended.Clear();
        foreach (var (id, held) in _held)
            if (held.Take() is { Eligible: > 0 } count) measured.Add(new FaultMeasured(id, count));
        return measured;
    }

    private void PutInForce(ServiceModel service, LeasedFault fault)
    {
        var order = fault.Fault;
        if (TableOf(order, service) is not { } table) return;
        var endpoints = EndpointsOf(order, service);
        if (_held.TryGetValue(order.Id, out var held)) held.Active.Renew(fault.Ends, endpoints);
        // Its draws follow from its id, which no other has.
        else _held[order.Id] = new Held(order, table, table.Begin(order.Fault with { Name = order.Id }, service.Id, new FaultSpan(outbound.Plane.Now, fault.Ends), endpoints));
    }

    private void End(string id, Held held)
    {
        held.Table.End(held.Active);
        if (held.Take() is { Eligible: > 0 } count && _ended.Count < FaultLeases.MaxFaults) _ended.Add(new FaultMeasured(id, count));
        _held.Remove(id);
    }

    /// <summary>Where the fault acts at this proxy; <c>null</c> where it does not.</summary>
    private FaultTable? TableOf(FaultOrder order, ServiceModel service)
    {
        if (order.Fault.Site != FaultSite.Server) return outbound.Leased;
        if (inbound is null || outbound.Proxy.ServiceId != service.Id) return null;
        bool isMeant = (order.Version ?? order.Zone) is null || (inbound.Endpoint is { } own && IsMeant(order, own));
        return isMeant ? inbound.Leased : null;
    }

    /// <summary>The endpoints that an attempt's fault is bound to; a fault at the server needs none, for its sidecar stands before one endpoint.</summary>
    private static IEnumerable<int>? EndpointsOf(FaultOrder order, ServiceModel service) => order.Fault.Site != FaultSite.Attempt || (order.Version ?? order.Zone) is null
        ? null
        : service.Endpoints.Where(endpoint => IsMeant(order, endpoint)).Select(endpoint => endpoint.Id);

    private static bool IsMeant(FaultOrder order, Endpoint endpoint) => (order.Version ?? endpoint.Version) == endpoint.Version && (order.Zone ?? endpoint.Zone) == endpoint.Zone;

    /// <summary>A fault in force at this proxy, and how much of what it did has been asked for.</summary>
    private sealed class Held(FaultOrder order, FaultTable table, ActiveFault active)
    {
        private FaultCount _taken;

        public FaultOrder Order => order;

        public FaultTable Table => table;

        public ActiveFault Active => active;

        public FaultCount Take()
        {
            var all = active.Count;
            var fresh = all - _taken;
            _taken = all;
            return fresh;
        }
    }
}

/// <summary>What a fault did at one proxy for some time.</summary>
/// <param name="Id">The fault.</param>
/// <param name="Count">What it was asked to do, and what it did.</param>
public sealed record FaultMeasured(string Id, FaultCount Count);
