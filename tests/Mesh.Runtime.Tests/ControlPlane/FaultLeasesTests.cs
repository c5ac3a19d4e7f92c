using CsCheck;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.ControlPlane;

public class FaultLeasesTests
{
    private readonly FaultLeases _leases = new();

    internal static FaultOrder Order(string id) => new(id, new FaultConfig { Name = id, Abort = new FaultAbort() }, "cart", null, null, "ann");

    private string[] InForce => [.. _leases.InForce.Select(fault => fault.Fault.Id)];

    private static string[] Ids(IEnumerable<LeasedFault> faults) => [.. faults.Select(fault => fault.Fault.Id)];

    [Fact]
    public void Fault_ends_when_nobody_has_renewed_its_lease()
    {
        Assert.Empty(_leases.Begin(Order("a"), TimeSpan.FromTicks(100), 0));
        Assert.Equal(100, _leases.NextDue);
        Assert.True(_leases.Renew("a", 60));
        Assert.Equal(160, _leases.NextDue);
        Assert.Empty(_leases.Expire(159));
        Assert.False(_leases.Renew("a", 160));   // too late
        Assert.Equal(["a"], Ids(_leases.Expire(160)));
        Assert.False(_leases.Renew("a", 161));
        Assert.Equal(long.MaxValue, _leases.NextDue);
    }

    [Fact]
    public void Faults_end_last_in_first_out()
    {
        foreach (string id in new[] { "a", "b", "c" }) _leases.Begin(Order(id), TimeSpan.FromSeconds(1), 0);
        Assert.Equal(["b"], Ids(_leases.End("b")));
        Assert.Empty(_leases.End("b"));
        Assert.Equal(["c", "a"], Ids(_leases.End(null)));
        Assert.Empty(InForce);
    }

    [Fact]
    public void What_is_wrong_with_a_fault_is_told_and_nothing_changes()
    {
        _leases.Begin(Order("a"), TimeSpan.FromSeconds(1), 0);
        Assert.Contains("already", Assert.Single(_leases.Begin(Order("a"), TimeSpan.FromSeconds(1), 0)));
        Assert.Contains("lease", Assert.Single(_leases.Begin(Order("b"), TimeSpan.Zero, 0)));
        Assert.Contains("lease", Assert.Single(_leases.Begin(Order("b"), FaultLeases.MaxLife + TimeSpan.FromTicks(1), 0)));
        for (int i = 1; i < FaultLeases.MaxFaults; i++) Assert.Empty(_leases.Begin(Order($"n{i}"), TimeSpan.FromSeconds(1), 0));
        Assert.Contains("the most", Assert.Single(_leases.Begin(Order("b"), TimeSpan.FromSeconds(1), 0)));
        Assert.Equal(FaultLeases.MaxFaults, InForce.Length);
    }

    /// <summary>However often and whenever it is renewed: a fault is over one lease after the last renewal that came in time, and never lives longer than the longest life.</summary>
    [Fact]
    public void No_fault_outlives_its_last_renewal_by_more_than_its_lease()
    {
        long most = FaultLeases.MaxLife.Ticks;
        Gen.Select(Gen.Long[1, most], Gen.Long[0, most / 4].List[0, 30]).Sample((lease, waits) =>
        {
            var leases = new FaultLeases();
            leases.Begin(Order("a"), TimeSpan.FromTicks(lease), 0);
            long now = 0, ends = lease;
            foreach (long wait in waits)
            {
                now += wait;
                bool alive = now < ends;
                Assert.Equal(alive, leases.Renew("a", now));
                if (alive) ends = Math.Min(now + lease, most);
            }
            Assert.Equal(ends, leases.NextDue);
            Assert.Empty(leases.Expire(ends - 1));
            Assert.Single(leases.Expire(ends));
        });
    }
}
