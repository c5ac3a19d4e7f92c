using CsCheck;
using Mesh.Runtime.LoadBalancing;

namespace Mesh.Runtime.Tests.LoadBalancing;

public class EdfSchedulerTests
{
    private static int[] Counts(EdfScheduler schedule, double[] weights, int picks)
    {
        int[] counts = new int[weights.Length];
        for (int i = 0; i < picks; i++)
        {
            counts[schedule.Next]++;
            schedule.Take(weights[schedule.Next]);
        }
        return counts;
    }

    /// <summary>Envoy's: of any ten picks in a row, wherever they begin, six, three and one.</summary>
    [Fact]
    public void Six_three_and_one_of_ten_picks_go_by_weight_wherever_they_begin() => Gen.ULong.Sample(start =>
    {
        double[] weights = [6, 3, 1];
        var schedule = new EdfScheduler(weights, start);
        for (int ten = 0; ten < 5; ten++) Assert.Equal([6, 3, 1], Counts(schedule, weights, 10));
    });

    [Fact]
    public void Order_is_that_of_the_deadlines_and_ties_go_in_turn()
    {
        double[] weights = [2, 1];   // deadlines 0.5, 1, 1.5, … and 1, 2, …
        var schedule = new EdfScheduler(weights, 0);
        int[] picks = new int[6];
        for (int i = 0; i < picks.Length; i++)
        {
            picks[i] = schedule.Next;
            schedule.Take(weights[picks[i]]);
        }
        Assert.Equal([0, 1, 0, 0, 1, 0], picks);   // at each tie the deadline that was set first
    }

    [Fact]
    public void Equal_weights_take_turns() => Gen.Select(Gen.Int[2, 40], Gen.UInt).Sample((n, start) =>
    {
        double[] weights = [.. Enumerable.Repeat(1.0, n)];
        Assert.All(Counts(new EdfScheduler(weights, start), weights, 3 * n), count => Assert.Equal(3, count));
    });

    /// <summary>In any number of picks each entry has its share, give or take one.</summary>
    [Fact]
    public void Shares_are_met_within_one_pick() => Gen.Select(Gen.Int[1, 128].Array[2, 12], Gen.UInt[0, 1_000_000], Gen.Int[1, 500]).Sample((whole, start, picks) =>
    {
        double[] weights = [.. whole.Select(weight => (double)weight)];
        int[] counts = Counts(new EdfScheduler(weights, start), weights, picks);
        for (int i = 0; i < weights.Length; i++) Assert.InRange(counts[i] - picks * weights[i] / weights.Sum(), -weights.Length, weights.Length);
    });

    /// <summary>A schedule that starts after n picks goes on as one that has made them.</summary>
    [Fact]
    public void Start_after_n_picks_goes_on_like_one_that_made_them() => Gen.Int[0, 400].Sample(start =>
    {
        double[] weights = [7, 5, 3, 2];
        var made = new EdfScheduler(weights, 0);
        Counts(made, weights, start);
        var jumped = new EdfScheduler(weights, (ulong)start);
        int[] one = Counts(made, weights, 17), other = Counts(jumped, weights, 17);
        for (int i = 0; i < weights.Length; i++) Assert.InRange(one[i] - other[i], -1, 1);
    });

    [Fact]
    public void Weight_that_changed_counts_from_the_next_turn_on()
    {
        double[] weights = [1, 1];
        var schedule = new EdfScheduler(weights, 0);
        weights[1] = 0.1;   // slow start
        Assert.InRange(Counts(schedule, weights, 110)[1], 9, 12);
    }
}
