using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Resilience;

namespace Mesh.Runtime.Tests.Resilience;

public class RetryBudgetTests
{
    private const long Millisecond = TimeSpan.TicksPerMillisecond;

    private static WindowedRetryBudget Windowed(double ratio, int minPerSecond, double seconds = 1) =>
        WindowedRetryBudget.OfRetries(new WindowedBudgetConfig { Ratio = ratio, MinPerSecond = minPerSecond, Window = TimeSpan.FromSeconds(seconds) });

    /// <summary>Envoy's own cases: 20 %, at least 3.</summary>
    [Theory]
    [InlineData(0, 3)]
    [InlineData(15, 3)]
    [InlineData(19, 3)]
    [InlineData(20, 4)]
    [InlineData(24, 4)]
    [InlineData(100, 20)]
    public void Concurrent_budget_allows_a_share_of_what_is_under_way(int active, int allowed)
    {
        var budget = RetryBudgets.Create(new RetryConfig { Budget = new ConcurrentBudgetConfig { Percent = 0.2, MinConcurrent = 3 } })!;
        for (int i = 0; i < allowed; i++) Assert.True(budget.TryWithdraw(0, active));
        Assert.False(budget.TryWithdraw(0, active));
        budget.Release();
        Assert.True(budget.TryWithdraw(0, active));
        Assert.False(budget.TryWithdraw(0, active));
    }

    /// <summary>20% of the requests of the last 10 s, whether they are under way or not.</summary>
    [Fact]
    public void Concurrent_budget_with_an_interval_counts_the_requests_that_came_within_it()
    {
        var budget = RetryBudgets.Create(new RetryConfig { Budget = new ConcurrentBudgetConfig { Percent = 0.2, MinConcurrent = 1, Interval = TimeSpan.FromSeconds(10) } })!;
        for (int i = 0; i < 50; i++) budget.Began(i * 100 * Millisecond);      // 5 s long, 10 a second
        int Allowed(long at)
        {
            int allowed = 0;
            while (budget.TryWithdraw(at, activeRequests: 0)) allowed++;
            for (int i = 0; i < allowed; i++) budget.Release();
            return allowed;
        }
        Assert.Equal(12, Allowed(5_000 * Millisecond));      // 20% of 50; and retries are requests, so two more
        Assert.Equal(1, Allowed(16_000 * Millisecond));      // the minimum: all is forgotten
    }

    [Fact]
    public void Requests_of_an_interval_are_counted_to_a_tenth_of_it() =>
        Gen.Select(Gen.Int[1, 2000], Gen.Int[0, 5000].Array[0, 60]).Sample((interval, gaps) =>
        {
            var recent = new RecentRequests(interval);
            long now = 0;
            var times = new List<long>();
            foreach (int gap in gaps)
            {
                times.Add(now += gap);
                recent.Add(now);
            }
            int count = recent.CountAt(now);
            long slot = Math.Max(1, interval / 10);
            return count >= times.Count(at => now - at < 9 * slot) && count <= times.Count(at => now - at < 10 * slot);
        });

    [Fact]
    public void Max_retries_cap_retries_under_way_and_a_budget_takes_their_place()
    {
        var limits = new LimitsConfig { MaxRetries = 1 };
        var capped = RetryBudgets.Create(new RetryConfig(), limits)!;
        Assert.True(capped.TryWithdraw(0, 1000));
        Assert.False(capped.TryWithdraw(0, 1000));
        var budget = RetryBudgets.Create(new RetryConfig { Budget = new ConcurrentBudgetConfig() }, limits)!;
        for (int i = 0; i < 3; i++) Assert.True(budget.TryWithdraw(0, 0));
        Assert.False(RetryBudgets.Create(new RetryConfig(), new LimitsConfig { MaxRetries = 0 })!.TryWithdraw(0, 1000));
        Assert.Null(RetryBudgets.Create(new RetryConfig()));
    }

    /// <summary>tower's <c>tps_empty</c>.</summary>
    [Fact]
    public void Windowed_budget_without_deposits_is_empty() => Assert.False(Windowed(1, 0).TryWithdraw(0, 0));

    /// <summary>tower's <c>tps_leaky</c>.</summary>
    [Fact]
    public void Deposit_leaves_with_its_window()
    {
        var budget = Windowed(1, 0);
        budget.Deposit(0);
        Assert.False(budget.TryWithdraw(3000 * Millisecond, 0));
    }

    /// <summary>tower clears a slot only once more than its time has passed.</summary>
    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    public void Deposit_counts_for_the_whole_window(int milliseconds, bool counts)
    {
        var budget = Windowed(1, 0);
        budget.Deposit(0);
        Assert.Equal(counts, budget.TryWithdraw(milliseconds * Millisecond, 0));
    }

    /// <summary>tower's <c>tps_slots</c>.</summary>
    [Fact]
    public void Deposits_count_slot_by_slot()
    {
        var budget = Windowed(0.5, 0);
        budget.Deposit(0);
        budget.Deposit(0);
        Assert.True(budget.TryWithdraw(901 * Millisecond, 0));
        budget.Deposit(2902 * Millisecond);
        budget.Deposit(3203 * Millisecond);
        budget.Deposit(4004 * Millisecond);
        Assert.True(budget.TryWithdraw(4004 * Millisecond, 0));   // the first has expired, the other two have not
        Assert.False(budget.TryWithdraw(4004 * Millisecond, 0));
    }

    /// <summary>tower's <c>tps_reserve</c>.</summary>
    [Fact]
    public void Reserve_is_there_without_deposits()
    {
        var budget = Windowed(1, 5);
        for (int i = 0; i < 5; i++) Assert.True(budget.TryWithdraw(0, 0));
        Assert.False(budget.TryWithdraw(0, 0));
        Assert.True(budget.TryWithdraw(1101 * Millisecond, 0));   // what was taken comes back with the window
    }

    [Theory]
    [InlineData(10, 0.2, 10, 500, 100)]     // Linkerd's defaults: 100 retries a window without any request
    [InlineData(5, 1.0, 1, 5, 5)]
    [InlineData(3, 2.0, 1, 1500, 3)]        // above 1: deposits of 1000, 500 a retry
    [InlineData(4, 0.0, 2.9, 8, 8)]         // the window's whole seconds
    public void Reserve_is_the_rate_times_the_window(int minPerSecond, double ratio, double seconds, long reserve, int retries)
    {
        var budget = Windowed(ratio, minPerSecond, seconds);
        Assert.Equal(reserve, budget.Balance(0));
        for (int i = 0; i < retries; i++) Assert.True(budget.TryWithdraw(0, 0));
        Assert.False(budget.TryWithdraw(0, 0));
    }

    [Fact]
    public void Long_silence_empties_the_window()
    {
        var budget = Windowed(1, 0, 10);
        for (int i = 0; i < 50; i++) budget.Deposit(i * 300 * Millisecond);
        Assert.True(budget.Balance(15_000 * Millisecond) > 0);
        Assert.Equal(0, budget.Balance(86_400_000 * Millisecond));
    }

    /// <summary>A slot that silence has only touched counts as passed, so that eleven slots can pass within five and a half slots' time: the same in tower.</summary>
    [Theory]
    [InlineData(100, 11)]
    [InlineData(101, 6)]
    [InlineData(200, 6)]
    [InlineData(201, 4)]
    public void Calls_that_just_miss_a_slot_shorten_the_window(int milliseconds, int calls)
    {
        var budget = Windowed(1, minPerSecond: 1);
        Assert.True(budget.TryWithdraw(0, 0));
        int call = 1;
        while (!budget.TryWithdraw(call * milliseconds * Millisecond, 0)) call++;
        Assert.Equal(calls, call);
    }

    /// <summary>
    /// Whatever comes when, retries are at most those that the requests and the reserve of every window pay for. A window is as long as a retry is remembered
    /// at least: eleven slots of a tenth pass before it is forgotten, each at least half a slot long, and it came up to one slot after the first began: 4.5 tenths.
    /// Where calls come at whole slots, silence touches none in part, and the window is whole.
    /// </summary>
    [Theory]
    [InlineData(1, 450)]
    [InlineData(100, 1000)]
    public void Windowed_budget_is_never_exceeded(int step, int window) =>
        Gen.Select(Gen.Int[1, 10], Gen.Int[0, 5], Gen.Select(Gen.Int[0, 400 / step], Gen.Bool).Array[1, 200]).Sample((cost, minPerSecond, steps) =>
        {
            var budget = Windowed(1.0 / cost, minPerSecond);
            long now = 0;
            int requests = 0, retries = 0;
            foreach (var (wait, isRetry) in steps)
            {
                now += wait * step * Millisecond;
                if (!isRetry) { budget.Deposit(now); requests++; }
                else if (budget.TryWithdraw(now, 0)) retries++;
            }
            long windows = 1 + now / (window * Millisecond);
            Assert.True(retries * cost <= requests + minPerSecond * windows * cost, $"{retries} retries for {requests} requests in {windows} windows");
        });

    [Fact]
    public void Concurrent_budget_is_never_exceeded() =>
        Gen.Select(Gen.Double[0, 1], Gen.Int[0, 5], Gen.Select(Gen.Int[0, 100], Gen.Bool).Array[1, 200]).Sample((percent, least, steps) =>
        {
            var budget = new ConcurrentRetryBudget(percent, least);
            foreach (var (active, isRetry) in steps)
            {
                int before = budget.Current;
                if (!isRetry) { if (before > 0) budget.Release(); }
                else if (budget.TryWithdraw(0, active)) Assert.True(before < Math.Max((int)(percent * active), least));
                else Assert.True(before >= Math.Max((int)(percent * active), least) && budget.Current == before);
            }
        });

    [Fact]
    public void Hedges_stay_below_their_share() =>
        Gen.Select(Gen.Double[0.001, 10], Gen.Int[1, 3000]).Sample((share, requests) =>
        {
            var budget = RetryBudgets.Create(new HedgeConfig { Budget = share });
            int hedges = 0;
            for (int i = 0; i < requests; i++)
            {
                budget.Deposit(i);
                while (budget.TryWithdraw(i, 0)) hedges++;
            }
            Assert.InRange(hedges, Math.Floor(share * requests * 0.9999) - 1, share * requests);
        }, iter: 200);
}
