using System.Net;
using Mesh.Reports.Results;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Telemetry;
using Mesh.Simulator;
using Mesh.Simulator.Faults;

namespace Mesh.Scenarios.Running.Live;

/// <summary>One sidecar with its faults, which end by their own lease.</summary>
internal sealed class OneProxy : IRequestLog, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly LogHistogram _latency = new();
    private readonly LiveNode _node;
    private readonly LiveProxy _proxy;
    private readonly List<(string Name, Func<FaultCount> Count, Func<ToxicCount>? Toxic)> _faults = [];
    private MetricsEndpoint? _metrics;
    private long _requests;
    private long _succeeded;

    private OneProxy(OneProxyPlan plan)
    {
        _node = new LiveNode(new LiveNodeOptions { Seed = Entropy(), Requests = this, Telemetry = plan.Telemetry });
        var protocol = plan.IsTcp ? ListenerProtocol.Tcp : ListenerProtocol.Http;
        _proxy = _node.Add(new LiveProxyConfig
        {
            Name = "proxy",
            Service = World.Ingress,
            Caller = new CallerInfo { Service = World.Ingress },
            Outbound = [new OutboundConfig { Listen = plan.Listen, Service = OneProxyPlan.Service, Protocol = protocol }],
        });
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => _proxy.OutboundAddresses[0];

    /// <summary>A sidecar that listens, its faults in force.</summary>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<OneProxy> StartAsync(OneProxyPlan plan, CancellationToken cancellation)
    {
        var proxy = new OneProxy(plan);
        proxy.Begin(plan);   // before the first request can come
        try
        {
            await proxy._proxy.StartAsync(cancellation).ConfigureAwait(false);
            if (plan.Metrics is { } address) proxy._metrics = await MetricsEndpoint.StartAsync(proxy._node.Telemetry, address, cancellation).ConfigureAwait(false);
        }
        catch
        {
            await proxy.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        proxy.Tell(plan);
        return proxy;
    }

    /// <summary>What it has done so far.</summary>
    public OneProxyReading Read()
    {
        lock (_lock)
        {
            return new OneProxyReading(_requests, _succeeded, _latency.Percentile(0.5), _latency.Percentile(0.99),
                [.. _faults.Select(fault => new OneFaultReading(fault.Name, fault.Count(), fault.Toxic?.Invoke()))]);
        }
    }

    public void On(RequestFacts request)
    {
        lock (_lock)
        {
            _requests++;
            bool succeeded = request.Method is null ? request.Flags == ResponseFlags.None : request.Status is > 0 and < 500 && request.GrpcStatus is null or 0;
            if (succeeded) _succeeded++;
            _latency.Record(request.Duration.Ticks);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_metrics is not null) await _metrics.DisposeAsync().ConfigureAwait(false);
        await _node.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The sidecar's idea of the mesh: one service, at the addresses given.</summary>
    private void Tell(OneProxyPlan plan)
    {
        var endpoints = plan.Upstreams.Select(address => _node.Directory.AddEndpoint(id => new Endpoint
        {
            Id = id, Name = $"{address}", Service = OneProxyPlan.Service, Address = address,
        })).ToList();
        var reconciler = new Reconciler(plan.World.Mesh);
        reconciler.Observe([new ServiceEndpoints(_node.Directory.AddService(OneProxyPlan.Service), OneProxyPlan.Service, endpoints)]);
        _proxy.Agent.Receive(reconciler.SnapshotFor(Subscription.All));
    }

    private void Begin(OneProxyPlan plan)
    {
        int service = _node.Directory.AddService(OneProxyPlan.Service);
        long now = _node.Time.GetTimestamp();
        var span = new FaultSpan(now, now + plan.Lease.Ticks);
        foreach (var fault in plan.World.Faults)
        {
            var active = _node.Plane.Faults.Begin(MeshFaultPlan.Config(fault, (MeshFaultEffect)fault.Effect, plan.World), service, span);
            _faults.Add((fault.Name, () => active.Count, null));
        }
        foreach (var toxic in plan.Toxics)
        {
            var active = _proxy.TcpFaults.Begin(toxic, plan.Lease);
            _faults.Add((toxic.Name, () => default, () => active.Count));
        }
    }

    /// <summary>A live proxy draws anew each time: which requests a fault hits is nobody's to foresee.</summary>
    private static ulong Entropy() => BitConverter.ToUInt64(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
}

/// <summary>What one sidecar did so far.</summary>
/// <param name="Requests">Requests, or connections, that are over.</param>
/// <param name="Succeeded">Of these, with a status below 500.</param>
/// <param name="P50">Their median time, in ticks.</param>
/// <param name="P99">Their 99th percentile.</param>
/// <param name="Faults">What each fault did.</param>
internal sealed record OneProxyReading(long Requests, long Succeeded, double P50, double P99, IReadOnlyList<OneFaultReading> Faults);

/// <summary>What one fault did.</summary>
/// <param name="Name">The fault.</param>
/// <param name="Count">Of requests.</param>
/// <param name="Toxic">Of connections.</param>
internal sealed record OneFaultReading(string Name, FaultCount Count, ToxicCount? Toxic);
