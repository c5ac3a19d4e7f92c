using CsCheck;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.Faults;

public sealed class FaultTableTests
{
    private static readonly FaultSpan Always = new(0, long.MaxValue);
    private static readonly FixedDelay Wait = new(TimeSpan.FromMilliseconds(400));
    private readonly FaultTable _table = new(new KeyedRandom(7));

    [Fact]
    public void Without_faults_nothing_happens()
    {
        Assert.False(_table.Any(FaultSite.Attempt, 0));
        Assert.True(Decide(1).IsNothing);
    }

    [Theory]
    [InlineData(FaultSite.Request)]
    [InlineData(FaultSite.Attempt)]
    [InlineData(FaultSite.Server)]
    public void Fault_acts_at_its_site_and_on_its_service_only(FaultSite site)
    {
        _table.Begin(Delaying() with { Site = site }, 3, Always);
        foreach (var other in Enum.GetValues<FaultSite>())
        {
            Assert.Equal(other == site, _table.Any(other, 3));
            Assert.False(_table.Any(other, 2));
            Assert.False(_table.Any(other, 4));
        }
    }

    [Theory]
    [InlineData(0, 99, 0)]
    [InlineData(0, 100, 1)]
    [InlineData(0, 199, 1)]
    [InlineData(0, 200, 0)]
    [InlineData(50, 100, 0)]
    [InlineData(50, 125, 0.5)]
    [InlineData(50, 150, 1)]
    public void Strength_follows_the_span(long ramp, long now, double level) => Assert.Equal(level, new FaultSpan(100, 200, ramp).Level(now));

    [Fact]
    public void Fault_ends_by_itself_though_nobody_ends_it() =>
        Gen.Select(Gen.Long[0, 1000], Gen.Long[1, 1000], Gen.Long[0, 3000]).Sample((from, length, now) =>
        {
            var table = new FaultTable(new KeyedRandom(1));
            table.Begin(Delaying(), 0, new FaultSpan(from, from + length));
            Assert.Equal(now >= from && now < from + length, !Decide(1, now: now, table: table).IsNothing);
        });

    [Fact]
    public void Ended_fault_leaves_the_others()
    {
        var first = _table.Begin(Delaying("first"), 0, Always);
        var second = _table.Begin(Delaying("second"), 0, Always);
        Assert.Equal(2 * Wait.Time.Ticks, Decide(1).Delay);
        _table.End(first);
        Assert.Equal(Wait.Time.Ticks, Decide(1).Delay);
        _table.End(second);
        Assert.False(_table.Any(FaultSite.Attempt, 0));
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(0.95)]
    public void Measured_share_lies_in_the_interval_of_the_requested_one(double percent)
    {
        const int requests = 20_000;
        var fault = _table.Begin(Delaying() with { Percent = percent }, 0, Always);
        for (ulong key = 0; key < requests; key++) Decide(Key(key));
        double halfWidth = 4 * Math.Sqrt(percent * (1 - percent) / requests);
        Assert.InRange(fault.Count.Injected / (double)requests, percent - halfWidth, percent + halfWidth);
        Assert.Equal((requests, fault.Count.Injected), (fault.Count.Eligible, fault.Count.Delayed));
        Assert.Equal(percent, fault.Count.Requested / requests, 9);
        Assert.Equal(Wait.Time.Ticks, fault.Count.DelayTicks / fault.Count.Delayed);
    }

    [Fact]
    public void Delay_and_abort_are_drawn_independently()
    {
        const int requests = 40_000;
        var fault = _table.Begin(Delaying() with { Percent = 0.5, Abort = new FaultAbort(), AbortPercent = 0.2 }, 0, Always);
        int both = 0;
        for (ulong key = 0; key < requests; key++)
        {
            var decision = Decide(Key(key));
            if (decision is { Delay: > 0, Abort: not null }) both++;
        }
        Assert.InRange(both / (double)requests, 0.1 - 0.006, 0.1 + 0.006);   // 4 deviations of 0.0015
        Assert.Equal(1 - 0.5 * 0.8, fault.Count.Requested / requests, 9);
        Assert.InRange(fault.Count.Injected / (double)requests, 0.6 - 0.01, 0.6 + 0.01);
    }

    [Fact]
    public void Draws_of_a_fault_do_not_move_when_another_stands_beside_it() =>
        Gen.ULong.Sample(key =>
        {
            var alone = new FaultTable(new KeyedRandom(3));
            var accompanied = new FaultTable(new KeyedRandom(3));
            var config = Delaying("one") with { Percent = 0.5 };
            accompanied.Begin(new FaultConfig { Name = "other", Percent = 0.5, Body = new BodyFault { Corrupt = true } }, 0, Always);
            alone.Begin(config, 0, Always);
            accompanied.Begin(config, 0, Always);
            Assert.Equal(Decide(key, table: alone).Delay, Decide(key, table: accompanied).Delay);
        });

    [Fact]
    public void A_larger_share_hits_what_a_smaller_one_hit() =>
        Gen.Select(Gen.ULong, Gen.Double[0, 1], Gen.Double[0, 1]).Sample((key, one, other) =>
        {
            bool Hit(double percent)
            {
                var table = new FaultTable(new KeyedRandom(3));
                table.Begin(Delaying() with { Percent = percent }, 0, Always);
                return Decide(key, table: table).Delay > 0;
            }
            Assert.True(!Hit(Math.Min(one, other)) || Hit(Math.Max(one, other)));
        });

    [Fact]
    public void Attempts_of_one_request_are_drawn_separately()
    {
        _table.Begin(Delaying() with { Percent = 0.5 }, 0, Always);
        Assert.Contains(Enumerable.Range(0, 64), attempt => Decide(1, attempt).Delay > 0);
        Assert.Contains(Enumerable.Range(0, 64), attempt => Decide(1, attempt).Delay == 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(25)]
    public void First_requests_are_hit_and_no_other(int first)
    {
        var fault = _table.Begin(new FaultConfig { Name = "start", Abort = new FaultAbort(), FirstRequests = first, Match = new FaultMatchConfig { Path = "/pay" } }, 0, Always);
        for (ulong key = 0; key < 100; key++)
        {
            Assert.True(Decide(key, path: "/other").IsNothing);
            Assert.Equal(key < (ulong)first, Decide(key).Abort is not null);
        }
        Assert.Equal((100, first, first), (fault.Count.Eligible, fault.Count.Injected, fault.Count.Requested));
    }

    [Fact]
    public void No_more_than_max_active_are_ever_held() =>
        Gen.Select(Gen.Int[0, 5], Gen.Bool.Array[0, 60]).Sample((most, steps) =>
        {
            var table = new FaultTable(new KeyedRandom(1));
            var fault = table.Begin(Delaying() with { MaxActive = most }, 0, Always);
            var held = new Queue<FaultHold>();
            int overflowed = 0;
            foreach (bool arrives in steps)
            {
                if (!arrives)
                {
                    if (held.TryDequeue(out var over)) over.Release();
                    continue;
                }
                var decision = Decide(1, table: table);
                Assert.Equal(held.Count < most, decision.Delay > 0);
                if (decision.Held is { } hold) held.Enqueue(hold);
                else overflowed++;
            }
            Assert.True(held.Count <= most);
            Assert.Equal(overflowed, fault.Count.Overflowed);
        });

    [Fact]
    public void After_an_abort_no_fault_follows()
    {
        _table.Begin(new FaultConfig { Name = "abort", Abort = new FaultAbort { Status = 418 } }, 0, Always);
        var later = _table.Begin(Delaying(), 0, Always);
        var decision = Decide(1);
        Assert.Equal((0, 418), (decision.Delay, decision.Abort?.Status));
        Assert.Equal(0, later.Count.Eligible);
    }

    [Theory]
    [InlineData("/pay", "", "id", "X-TIER", "free", 2, true)]
    [InlineData("/other", "", "id", "x-tier", "free", 2, false)]
    [InlineData("/pay", "r", "id", "x-tier", "free", 2, true)]
    [InlineData("/pay", "another", "id", "x-tier", "free", 2, true)]
    [InlineData("/pay", "", "stranger", "x-tier", "free", 2, false)]
    [InlineData("/pay", "", "id", "x-tier", "gold", 2, false)]
    [InlineData("/pay", "", "id", "x-other", "free", 2, false)]
    [InlineData("/pay", "", "id", "x-tier", "free", 3, false)]
    public void Everything_given_must_match(string path, string route, string caller, string header, string value, int endpoint, bool hit)
    {
        _table.Begin(Delaying() with { Match = new FaultMatchConfig { Path = "/pay", CallerIdentity = "id", Headers = [new("x-tier", "free")] } }, 0, Always, [1, 2]);
        Assert.Equal(hit, !_table.Decide(FaultSite.Attempt, Request(1, path, caller, [new(header, value)]), 0, endpoint, route, 0).IsNothing);
    }

    [Fact]
    public void Route_must_be_the_one_taken()
    {
        _table.Begin(Delaying() with { Match = new FaultMatchConfig { Route = "slow" } }, 0, Always);
        Assert.False(_table.Decide(FaultSite.Attempt, Request(1), 0, 0, "slow", 0).IsNothing);
        Assert.True(_table.Decide(FaultSite.Attempt, Request(1), 0, 0, "fast", 0).IsNothing);
    }

    [Fact]
    public void Endpoint_that_joined_later_is_taken_in()
    {
        var fault = _table.Begin(Delaying(), 0, Always, [1]);
        Assert.True(Decide(1, endpoint: 5).IsNothing);
        fault.Include(5);
        Assert.False(Decide(1, endpoint: 5).IsNothing);
    }

    [Fact]
    public void Request_site_knows_no_endpoints() =>
        Assert.Throws<ArgumentException>(() => _table.Begin(Delaying() with { Site = FaultSite.Request }, 0, Always, [1]));

    private static FaultConfig Delaying(string name = "slow") => new() { Name = name, Delay = Wait };

    private static ulong Key(ulong number) => new KeyedRandom(99).Bits(Concern.ChildKey, number);

    private static MeshRequest Request(ulong key, string path = "/pay", string caller = "", IReadOnlyList<KeyValuePair<string, string>>? headers = null) =>
        new() { Class = new RequestClass(0, 0, "payments", path), Key = key, CallerIdentity = caller, Headers = headers ?? [] };

    private FaultDecision Decide(ulong key, int attempt = 0, long now = 0, string path = "/pay", int endpoint = 0, FaultTable? table = null) =>
        (table ?? _table).Decide(FaultSite.Attempt, Request(key, path), attempt, endpoint, "", now);
}
