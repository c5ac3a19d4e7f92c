using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Tests.Proxy;

namespace Mesh.Runtime.Tests.ControlPlane;

/// <summary>Faults that the control plane tells a proxy of, in virtual time. Times are milliseconds.</summary>
public class ProxyFaultsTests
{
    private readonly TestMesh _mesh = new();
    private readonly ProxyAgent _agent;
    private readonly Endpoint[] _endpoints;
    private long _version = 1;

    public ProxyFaultsTests()
    {
        _endpoints = [.. Enumerable.Range(0, 4).Select(i => _mesh.Plane.Directory.AddEndpoint(id => new Endpoint
        {
            Id = id, Name = $"payments-{id}", Service = "payments", Version = id < 2 ? "v1" : "v2", Zone = id % 2 == 0 ? "a" : "b",
        }))];
        _agent = new ProxyAgent(_mesh.Outbound);
    }

    private static LeasedFault Fault(double ends, string id = "broken", FaultSite site = FaultSite.Attempt, string? version = null, string? zone = null) => new(
        new FaultOrder(id, new FaultConfig { Name = "a name that others may have too", Site = site, Abort = new FaultAbort { Status = 418 } }, "payments", version, zone, "ann"),
        TimeSpan.FromSeconds(1), 0, TestMesh.Ticks(ends));

    private void Tell(ProxyAgent agent, params LeasedFault[] faults) => Assert.Null(agent.Receive(Snapshot(faults)).Rejected);

    private MeshSnapshot Snapshot(params LeasedFault[] faults) =>
        new(++_version, [new ServiceModel { Id = 0, Name = "payments", Endpoints = _endpoints, Policy = ServicePolicy.From(new PolicyConfig()), Faults = faults }]);

    private int[] StatusesAt(params double[] times)
    {
        var calls = times.Select(at => _mesh.Call(at)).ToList();
        _mesh.Run();
        return [.. calls.Select(call => call.Response.Status)];
    }

    [Fact]
    public void Fault_ends_by_the_proxy_s_own_clock_when_nobody_says_anything_any_more()
    {
        Tell(_agent, Fault(ends: 100));
        Assert.Equal([418, 418, 200, 200], StatusesAt(0, 99, 100, 5_000));
    }

    [Fact]
    public void Renewed_lease_carries_a_fault_on_and_what_it_counted_stays()
    {
        Tell(_agent, Fault(ends: 100));
        _mesh.At(50, () => Tell(_agent, Fault(ends: 200)));
        Assert.Equal([418, 418, 200], StatusesAt(0, 150, 200));
        Assert.Equal((2, 2.0, 2), Counts(Assert.Single(_agent.TakeMeasures())));
        Assert.Empty(_agent.TakeMeasures());
    }

    [Fact]
    public void Fault_that_a_newer_snapshot_does_not_have_ends_at_once_and_its_last_counts_are_told()
    {
        Tell(_agent, Fault(ends: 1_000), Fault(ends: 1_000, id: "other", version: "none"));
        _mesh.At(50, () => Tell(_agent));
        Assert.Equal([418, 200], StatusesAt(0, 60));
        var measured = Assert.Single(_agent.TakeMeasures());
        Assert.Equal(("broken", (1, 1.0, 1)), (measured.Id, Counts(measured)));
    }

    [Fact]
    public void Fault_under_a_known_id_that_says_something_else_takes_the_other_s_place()
    {
        Tell(_agent, Fault(ends: 1_000));
        var other = Fault(ends: 1_000);
        _mesh.At(50, () => Tell(_agent, other with { Fault = other.Fault with { Fault = other.Fault.Fault with { Abort = new FaultAbort { Status = 429 } } } }));
        Assert.Equal([418, 429], StatusesAt(0, 60));
    }

    [Theory]
    [InlineData(null, null, 4)]
    [InlineData("v2", null, 2)]
    [InlineData(null, "b", 2)]
    [InlineData("v2", "b", 1)]
    [InlineData("v3", null, 0)]
    public void Fault_of_attempts_hits_the_endpoints_of_its_version_and_zone(string? version, string? zone, int share)
    {
        Tell(_agent, Fault(ends: 1e6, version: version, zone: zone));
        var calls = Enumerable.Range(0, 400).Select(i => _mesh.Call(i)).ToList();
        _mesh.Run();
        var passed = _mesh.Upstream.Sent.Select(attempt => attempt.Endpoint).ToHashSet();
        Assert.Equal(4 - share, passed.Count);   // those that are hit are never sent anything
        Assert.Equal(share > 0, calls.Any(call => call.Response.Status == 418));
        Assert.All(passed, id => Assert.False((version ?? _endpoints[id].Version) == _endpoints[id].Version && (zone ?? _endpoints[id].Zone) == _endpoints[id].Zone));
    }

    [Theory]
    [InlineData(0, null, null, 418)]
    [InlineData(0, "v1", "a", 418)]
    [InlineData(0, "v2", null, 200)]
    [InlineData(0, null, "b", 200)]
    [InlineData(1, null, null, 200)]
    public void Fault_at_the_server_acts_in_the_sidecars_of_its_service_version_and_zone(int service, string? version, string? zone, int status)
    {
        var entry = new ProxyEntry(0, "payments-0", service, "a");
        var inbound = new InboundPipeline(_mesh.Plane, entry, 0, new Echo());
        var agent = new ProxyAgent(new OutboundPipeline(_mesh.Plane, entry, ""), inbound);
        Tell(agent, Fault(ends: 100, site: FaultSite.Server, version: version, zone: zone));
        Assert.Equal(status, Served(inbound));
        _mesh.Run(until: 100);
        Assert.Equal(200, Served(inbound));
    }

    [Fact]
    public void Fault_of_requests_is_one_too()
    {
        Tell(_agent, Fault(ends: 100, site: FaultSite.Request));
        Assert.Equal([418, 200], StatusesAt(0, 100));
        Assert.Equal(TestMesh.Ticks(100), Assert.Single(_mesh.Upstream.Sent).At);
    }

    [Fact]
    public void Proxy_that_started_from_its_disk_takes_the_same_version_again_with_its_faults()
    {
        var version = Snapshot();
        Assert.Null(_agent.StartFrom(version));
        _agent.Connected(0);
        Assert.Null(_agent.Receive(new MeshSnapshot(version.Version, Snapshot(Fault(ends: 100)).Services.ToList())).Rejected);
        Assert.Equal([418], StatusesAt(0));
    }

    [Fact]
    public void Snapshot_with_two_faults_of_one_id_is_rejected() =>
        Assert.Contains("2 faults 'broken'", _agent.Receive(Snapshot(Fault(1), Fault(2))).Rejected);

    private int Served(InboundPipeline inbound) =>
        inbound.HandleAsync(new MeshRequest { Class = new RequestClass(0, 0, "payments", "/"), Key = 7 }, CancellationToken.None).AsTask().GetAwaiter().GetResult().Status;

    private static (long, double, long) Counts(FaultMeasured measured) => (measured.Count.Eligible, measured.Count.Requested, measured.Count.Injected);

    private sealed class Echo : IApplication
    {
        public ValueTask<UpstreamReply> HandleAsync(MeshRequest request, CancellationToken cancellation) => new(new UpstreamReply(200, Runtime.Telemetry.ResponseFlags.None, 0, Complete: true));
    }
}
