using CsCheck;
using Google.Protobuf;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Wire = Mesh.Runtime.ControlPlane.Transport.Wire;

namespace Mesh.Runtime.Tests.ControlPlane.Transport;

public class SnapshotMessagesTests
{
    private static readonly ServicePolicy[] Policies = [.. Enumerable.Range(1, 3).Select(seconds => ServicePolicy.From(new PolicyConfig { Timeout = TimeSpan.FromSeconds(seconds) }))];

    private readonly MeshDirectory _here = new();
    private readonly SnapshotView _view;
    private readonly SnapshotEncoder _encoder = new(new EncodedModels());

    public SnapshotMessagesTests() => _view = new SnapshotView(_here, new NodeEndpoints(_here));

    private static ServiceModel Service(int id, int policy, params int[] ports) => new()
    {
        Id = id,
        Name = $"s{id}",
        Policy = Policies[policy],
        Endpoints = [.. ports.Order().Select(port => new Endpoint
        {
            Id = 1000 * id + port, Name = $"s{id}-{port}", Service = $"s{id}", Address = new EndpointAddress("::1", port), Zone = port % 2 == 0 ? "a" : "", Weight = 1 + port % 7,
            Version = $"v{port % 3}", Identity = "spiffe://cluster.local/ns/default/sa/s", Labels = [new("tier", "gold")],
        })],
    };

    /// <summary>Everything but the ids, which each process gives.</summary>
    private static string Told(MeshSnapshot snapshot) => $"{snapshot.Version}: " + string.Join("; ", snapshot.Services.OrderBy(service => service.Name, StringComparer.Ordinal).Select(service =>
        $"{service.Name} {service.Policy.Config.Timeout} " + string.Join(",", service.Endpoints.OrderBy(endpoint => endpoint.Address!.Port).Select(endpoint => (endpoint with { Id = 0, Labels = [] }).ToString() + endpoint.Labels.Count))));

    private MeshSnapshot Send(MeshSnapshot snapshot, SnapshotEncoder? encoder = null)
    {
        var parts = (encoder ?? _encoder).Encode(snapshot, 0).Select(part => Wire.Push.Parser.ParseFrom(part.ToByteArray())).ToList();
        for (int i = 0; i < parts.Count; i++) Assert.Equal(i == parts.Count - 1, _view.Take(parts[i], 0));
        Assert.Empty(_view.Problems);
        return _view.Snapshot();
    }

    [Fact]
    public void What_arrives_is_what_was_sent_whatever_came_before_and_over_any_number_of_connections() =>
        Gen.Select(Gen.Select(Gen.Int[0, 5], Gen.Int[0, 2], Gen.Int[1, 50].Array[0, 4]).Array[0, 5], Gen.Bool).Array[1, 12].Sample(history =>
        {
            var directory = new MeshDirectory();
            var view = new SnapshotView(directory, new NodeEndpoints(directory));
            var encoder = new SnapshotEncoder(new EncodedModels());
            long version = 0;
            foreach (var (services, reconnects) in history)
            {
                if (reconnects) encoder = new SnapshotEncoder(new EncodedModels());
                var snapshot = new MeshSnapshot(++version, [.. services.DistinctBy(service => service.Item1).Select(service => Service(service.Item1, service.Item2, [.. service.Item3.Distinct()]))]);
                foreach (var part in encoder.Encode(snapshot, 0)) view.Take(Wire.Push.Parser.ParseFrom(part.ToByteArray()), 0);
                Assert.Empty(view.Problems);
                Assert.Equal(Told(snapshot), Told(view.Snapshot()));
            }
        }, iter: 300);

    [Fact]
    public void Only_what_changed_is_sent()
    {
        var (cart, stock) = (Service(0, 0, 1, 2), Service(1, 0, 3));
        Send(new MeshSnapshot(1, [cart, stock]));
        var moved = new ServiceModel { Id = 0, Name = "s0", Policy = cart.Policy, Endpoints = Service(0, 0, 2, 4).Endpoints };
        var push = Assert.Single(_encoder.Encode(new MeshSnapshot(2, [moved, stock]), 0));
        var sent = Assert.Single(push.Services);
        Assert.Equal(("s0", false, true, false), (sent.Name.ToStringUtf8(), sent.HasPolicy, sent.HasEndpoints, push.Whole));
        push = Assert.Single(_encoder.Encode(new MeshSnapshot(3, [moved]), 0));
        Assert.Equal(("s1", 0), (Assert.Single(push.Removed).ToStringUtf8(), push.Services.Count));
    }

    [Fact]
    public void Policy_and_endpoints_that_come_again_over_a_new_connection_stay_the_same_objects()
    {
        var before = Send(new MeshSnapshot(1, [Service(0, 0, 1, 2)])).Find(0)!;
        var after = Send(new MeshSnapshot(9, [Service(0, 0, 1, 2)]), new SnapshotEncoder(new EncodedModels())).Find(0)!;
        Assert.Same(before, after);
        Assert.NotSame(before.Policy, Send(new MeshSnapshot(10, [Service(0, 1, 1, 2)]), new SnapshotEncoder(new EncodedModels())).Find(0)!.Policy);
    }

    [Fact]
    public void Large_snapshot_comes_in_parts_and_counts_when_the_last_is_there()
    {
        var snapshot = new MeshSnapshot(1, [.. Enumerable.Range(0, 40).Select(id => Service(id, 0, [.. Enumerable.Range(1, 400)]))]);
        var parts = new SnapshotEncoder(new EncodedModels()).Encode(snapshot, 0).ToList();
        Assert.InRange(parts.Count, 3, 40);
        Assert.All(parts, part => Assert.InRange(part.CalculateSize(), 1, 512 * 1024));
        Assert.Equal(Told(snapshot), Told(Send(snapshot)));
    }

    [Fact]
    public void Lease_travels_as_the_time_that_is_left()
    {
        var fault = new LeasedFault(new FaultOrder("slow", new FaultConfig { Name = "slow", Delay = new FixedDelay(TimeSpan.FromMilliseconds(3)) }, "s0", "v2", null, "ann"), TimeSpan.FromSeconds(9), 5_000, 90_000);
        var model = Service(0, 0, 1);
        var push = Assert.Single(_encoder.Encode(new MeshSnapshot(1, [new ServiceModel { Id = 0, Name = "s0", Endpoints = model.Endpoints, Policy = model.Policy, Faults = [fault] }]), now: 60_000));
        Assert.True(_view.Take(push, now: 1_000_000));
        var arrived = Assert.Single(_view.Snapshot().Find(0)!.Faults);
        Assert.Equal((1_030_000, fault.Fault.Version, fault.Fault.Zone, fault.Fault.Id, TimeSpan.FromSeconds(9)), (arrived.Ends, arrived.Fault.Version, arrived.Fault.Zone, arrived.Fault.Id, arrived.Lease));
        Assert.Equal(new FixedDelay(TimeSpan.FromMilliseconds(3)), arrived.Fault.Fault.Delay);
        Assert.Empty(_view.ToPush().Services.SelectMany(service => service.Faults));   // what is kept on disk has none
    }

    [Fact]
    public void Fault_whose_lease_was_renewed_is_the_same_fault_so_that_what_it_counted_goes_on()
    {
        var fault = new LeasedFault(new FaultOrder("slow", new FaultConfig { Name = "slow", FirstRequests = 3, Abort = new FaultAbort() }, "s0", null, null, "ann"), TimeSpan.FromSeconds(9), 0, 90_000);
        var model = Service(0, 0, 1);
        FaultOrder Sent(long version, LeasedFault sent)
        {
            var snapshot = Send(new MeshSnapshot(version, [new ServiceModel { Id = 0, Name = "s0", Endpoints = model.Endpoints, Policy = model.Policy, Faults = [sent] }]));
            Assert.Equal(sent.Ends, Assert.Single(snapshot.Find(0)!.Faults).Ends);
            return snapshot.Find(0)!.Faults[0].Fault;
        }

        var first = Sent(1, fault);
        Assert.Same(first, Sent(2, fault with { Ends = 180_000 }));
        Assert.NotEqual(first, Sent(3, fault with { Fault = fault.Fault with { Fault = fault.Fault.Fault with { FirstRequests = 4 } } }));
    }

    [Fact]
    public void What_does_not_read_is_a_problem_until_it_comes_again_or_is_gone()
    {
        Send(new MeshSnapshot(1, [Service(0, 0, 1), Service(1, 0, 2)]));
        var broken = new Wire.Push { Version = 2 };
        broken.Services.Add(new Wire.Service { Name = "s0".ToWire(), Policy = ByteString.CopyFromUtf8("""{"NoSuchKey":1}""") });
        Assert.True(_view.Take(broken, 0));
        Assert.Contains("NoSuchKey", Assert.Single(_view.Problems));
        Assert.True(_view.Take(new Wire.Push { Version = 3 }, 0));
        Assert.Single(_view.Problems);
        var gone = new Wire.Push { Version = 4 };
        gone.Removed.Add("s0".ToWire());
        Assert.True(_view.Take(gone, 0));
        Assert.Empty(_view.Problems);
        Assert.Equal("s1", Assert.Single(_view.Snapshot().Services).Name);
    }
}
