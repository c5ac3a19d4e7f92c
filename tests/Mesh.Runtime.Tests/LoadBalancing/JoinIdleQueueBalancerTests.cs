using CsCheck;
using Mesh.Runtime.LoadBalancing;

namespace Mesh.Runtime.Tests.LoadBalancing;

public class JoinIdleQueueBalancerTests
{
    [Fact]
    public void Idle_endpoints_are_taken_once_each_before_any_is_taken_twice() => Gen.Select(Gen.Int[1, 30], Gen.ULong).Sample((n, offset) =>
    {
        var fleet = Fleet.Idle(n);
        var balancer = new JoinIdleQueueBalancer(offset);
        var picked = new HashSet<int>();
        for (int i = 0; i < n; i++)
        {
            int index = fleet.Pick(balancer);
            fleet.Begin(index);
            Assert.True(picked.Add(index));
        }
    });

    [Fact]
    public void Without_an_idle_endpoint_the_draw_is_uniform()
    {
        var fleet = new Fleet(1, 2, 3, 4);
        Fleet.AssertUniform(fleet.Picks(new JoinIdleQueueBalancer(0), 20_000));
    }

    [Fact]
    public void Proxies_begin_with_different_endpoints()
    {
        int[] first = new int[10];
        for (ulong i = 0; i < 5_000; i++) first[Fleet.Idle(10).Pick(new JoinIdleQueueBalancer(i * 0x9E3779B97F4A7C15))]++;
        Fleet.AssertUniform(first);
    }

    /// <summary>Whatever comes and goes, a busy endpoint is picked only when none is idle; a pick that is turned down leaves it idle.</summary>
    [Fact]
    public void Busy_endpoint_is_picked_only_when_none_is_idle() => Gen.Select(Gen.Int[1, 8], Gen.Int[0, 99].Array[1, 200]).Sample((n, steps) =>
    {
        var fleet = Fleet.Idle(n);
        var balancer = new JoinIdleQueueBalancer(3);
        var inFlight = new List<int>();
        foreach (int step in steps)
        {
            if (step < 45 && inFlight.Count > 0)
            {
                int ended = inFlight[step % inFlight.Count];
                inFlight.Remove(ended);
                fleet.End(ended, balancer);
                continue;
            }
            int picked = fleet.Pick(balancer);
            bool anyIdle = Enumerable.Range(0, n).Any(i => !inFlight.Contains(i));
            Assert.Equal(anyIdle, !inFlight.Contains(picked));
            if (step < 60) continue;   // turned down
            fleet.Begin(picked);
            inFlight.Add(picked);
        }
    });
}
