using CsCheck;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Tests.Proxy;

namespace Mesh.Runtime.Tests.ControlPlane;

public class ProxyAgentTests
{
    private static readonly KeyedRandom Random = new(1);

    private readonly TestMesh _mesh = new();
    private readonly ProxyAgent _agent;

    public ProxyAgentTests() => _agent = new ProxyAgent(_mesh.Outbound);

    private static MeshSnapshot Snapshot(long version, int weight = 1)
    {
        var endpoint = new Endpoint { Id = 0, Name = "cart-0", Service = "cart", Weight = weight };
        return new MeshSnapshot(version, [new ServiceModel { Id = 0, Name = "cart", Endpoints = [endpoint], Policy = ServicePolicy.From(new PolicyConfig()) }]);
    }

    [Fact]
    public void Agent_that_has_heard_nothing_connects_and_one_that_lost_the_control_plane_is_stale_and_serves_on()
    {
        _agent.Disconnected(5, "refused", Random);
        Assert.Equal((AgentConnection.Connecting, "refused"), (_agent.Status.State, _agent.Status.Reason));
        _agent.Connected(10);
        _agent.Receive(Snapshot(7));
        Assert.Equal((AgentConnection.Connected, 10L, 7L, ""), (_agent.Status.State, _agent.Status.Since, _agent.Status.Version, _agent.Status.Reason));
        _agent.Disconnected(20, "reset", Random);
        _agent.Disconnected(30, "refused", Random);
        Assert.Equal((AgentConnection.Stale, 20L, 1L, "refused"), (_agent.Status.State, _agent.Status.Since, _agent.Status.Losses, _agent.Status.Reason));
        Assert.Equal(7, _mesh.Outbound.SnapshotVersion);
        _agent.Connected(40);
        Assert.Equal(AgentConnection.Connected, _agent.Status.State);
    }

    [Fact]
    public void Invalid_snapshot_is_rejected_with_its_reason_and_the_last_good_one_stays_in_force()
    {
        _agent.Connected(0);
        _agent.Receive(Snapshot(1));
        var answer = _agent.Receive(Snapshot(2, weight: 500));
        Assert.Equal((2L, 1L), (answer.Version, answer.InForce));
        Assert.Contains("weight 500", answer.Rejected);
        Assert.Equal((1L, 1L, 1L), (_mesh.Outbound.SnapshotVersion, _agent.Status.Version, _agent.Status.Rejections));
        Assert.Null(_agent.Receive(Snapshot(3)).Rejected);
        Assert.Equal((3L, null), (_mesh.Outbound.SnapshotVersion, _agent.Status.Rejected));
    }

    [Fact]
    public void Control_plane_that_started_anew_may_count_from_the_beginning()
    {
        _agent.Connected(0);
        _agent.Receive(Snapshot(50));
        Assert.Equal(50, _agent.Receive(Snapshot(3)).InForce);   // late, on the same connection
        _agent.Disconnected(1, "gone", Random);
        _agent.Connected(2);
        Assert.Equal(3, _agent.Receive(Snapshot(3)).InForce);
        Assert.Equal(3, _agent.Receive(Snapshot(2)).InForce);
    }

    [Fact]
    public void Agent_that_starts_from_a_last_snapshot_serves_by_it_and_says_that_it_is_stale()
    {
        Assert.Contains("weight 0", _agent.StartFrom(Snapshot(9, weight: 0)));
        Assert.Equal(AgentConnection.Connecting, _agent.Status.State);
        Assert.Null(_agent.StartFrom(Snapshot(9)));
        Assert.Equal((AgentConnection.Stale, 9L, 9L), (_agent.Status.State, _agent.Status.Version, _mesh.Outbound.SnapshotVersion));
    }

    [Fact]
    public void Waits_double_up_to_the_longest_are_drawn_from_half_to_all_and_begin_anew_after_a_connection()
    {
        var options = new ReconnectOptions();
        Gen.Select(Gen.ULong, Gen.Int[1, 30]).Sample((seed, failures) =>
        {
            var random = new KeyedRandom(seed);
            var agent = new ProxyAgent(_mesh.Outbound);
            for (int round = 0; round < 2; round++)
            {
                agent.Connected(0);
                for (int i = 1; i <= failures; i++)
                {
                    double whole = Math.Min(options.Max.Ticks, options.Base.Ticks * Math.Pow(2, i - 1));
                    Assert.InRange(agent.Disconnected(0, "", random).Ticks, whole / 2 - 1, whole);
                }
            }
        });
        Assert.NotEqual(_agent.Disconnected(0, "", Random), new ProxyAgent(_mesh.Outbound).Disconnected(0, "", new KeyedRandom(2)));
    }
}
