using Mesh.Runtime.Faults;
using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;
using Mesh.Simulator;
using Mesh.Simulator.Faults;

namespace Mesh.Scenarios.Running.Live;

/// <summary>The faults that the sidecars of one node inject: into requests, and into the connections between two places.</summary>
/// <param name="config">The scenario's world.</param>
/// <param name="node">The node.</param>
internal sealed class SidecarFaults(WorldConfig config, LiveNode node) : IFaultDesk
{
    private readonly Dictionary<int, InForce> _inForce = [];
    private readonly Lock _lock = new();

    public void Begin(Injection injection)
    {
        var plan = config.Faults[injection.Fault];
        var fault = plan.Effect is MeshFaultEffect effect ? (InForce)new OnRequests(node, plan, MeshFaultPlan.Config(plan, effect, config), injection) : new OnLinks(plan, config, injection.Span);
        lock (_lock)
        {
            _inForce.Add(injection.Number, fault);
            foreach (var proxy in node.Proxies) fault.Take(proxy);
        }
    }

    public FaultCount End(int injection)
    {
        lock (_lock) return _inForce.Remove(injection, out var fault) ? fault.End() : default;
    }

    /// <summary>A sidecar that has started meanwhile obeys what is in force.</summary>
    public void Joined(LiveProxy proxy)
    {
        lock (_lock)
            foreach (var fault in _inForce.Values) fault.Take(proxy);
    }

    private abstract class InForce
    {
        public virtual void Take(LiveProxy proxy) { }

        public abstract FaultCount End();
    }

    /// <summary>In the table that all sidecars of the node share.</summary>
    private sealed class OnRequests(LiveNode node, FaultPlanConfig plan, FaultConfig fault, Injection injection) : InForce
    {
        private readonly ActiveFault _active = node.Plane.Faults.Begin(fault, node.Directory.FindService(plan.Target.Service!), injection.Span, injection.Endpoints);

        public override FaultCount End()
        {
            node.Plane.Faults.End(_active);
            return _active.Count;
        }
    }

    /// <summary>The network between two places is cut or slow: the sidecars of both places hold messages back.</summary>
    private sealed class OnLinks : InForce
    {
        private readonly Dictionary<LiveProxy, ActiveTcpFault[]> _active = [];
        private readonly TcpFaultConfig[] _faults;
        private readonly FaultSpan _span;

        public OnLinks(FaultPlanConfig plan, WorldConfig config, FaultSpan span)
        {
            _span = span;
            var link = plan.Target.Link!;
            var fault = new TcpFaultConfig { Name = plan.Name, Toxic = LinkToxics.Of(plan.Effect)!, From = PlaceOf(link.From), To = PlaceOf(link.To) };
            var back = fault with { From = fault.To, To = fault.From };
            // A partition goes by its places; a delay hits both streams of the connections of both sides.
            _faults = fault.Toxic is PartitionConfig ? [fault]
                : [fault, fault with { Stream = TcpStream.Upstream }, .. link.From == link.To ? [] : new[] { back, back with { Stream = TcpStream.Upstream } }];

            TcpPlace PlaceOf(string name) => config.Zones.Contains(name) ? new TcpPlace { Zone = name } : new TcpPlace { Service = name };
        }

        public override void Take(LiveProxy proxy) => _active.TryAdd(proxy, [.. _faults.Select(fault => proxy.TcpFaults.Begin(fault, _span))]);

        public override FaultCount End()
        {
            foreach (var (proxy, faults) in _active)
                foreach (var fault in faults) proxy.TcpFaults.End(fault);
            return _active.Values.SelectMany(faults => faults).Aggregate(default(FaultCount), (sum, fault) => sum + Counted(fault.Count));
        }

        private static FaultCount Counted(ToxicCount count) => new()
        {
            Eligible = count.Eligible, Requested = count.Requested, Injected = count.Hit, Delayed = count.Chunks, DelayTicks = count.DelayTicks, Aborted = count.Refused,
        };
    }
}

/// <summary>What sidecars do for a fault of a link.</summary>
internal static class LinkToxics
{
    /// <summary>Toxiproxy's word for an effect; <c>null</c> where sockets cannot do it.</summary>
    public static ToxicConfig? Of(FaultEffect effect) => effect switch
    {
        PartitionEffect { Flap: null } partition => new PartitionConfig { OneWay = partition.OneWay },
        LinkEffect { Loss: 0, Delay: { Kind: DistributionKind.Constant } delay } => new LatencyToxicConfig { Latency = TimeSpan.FromSeconds(delay.Mean!.Value) },
        _ => null,
    };
}
