using Mesh.Reports.Comparisons;

namespace Mesh.Reports.Tests.Comparisons;

public sealed class ComparisonTableTests
{
    [Fact]
    public void A_planted_difference_is_found_though_the_replications_differ_far_more()
    {
        // Replications spread over 20 to 60 ms; the variant is 2 ms slower, give or take 0.1: unpaired, nobody would see it.
        var table = new ComparisonTable(SyntheticComparison.Of([1], ("base", (ms, _) => ms), ("slow", (ms, replication) => ms + 2 + 0.1 * (replication % 2))));
        var p99 = Cell(table, "slow", "latencyP99");
        Assert.Equal(DifferenceVerdict.Worse, p99.Verdict);
        Assert.InRange(p99.Difference!.Value.Difference.Mean, 0.0019, 0.0022);
        Assert.True(p99.Difference.Value.Correlation > 0.99);
        Assert.True(p99.Value.HalfWidth > 0.01);
    }

    [Fact]
    public void A_faster_variant_is_better() =>
        Assert.Equal(DifferenceVerdict.Better, Cell(new ComparisonTable(SyntheticComparison.Of([1], ("base", (ms, _) => ms), ("fast", (ms, r) => ms * (0.8 - 0.01 * (r % 2))))), "fast", "latencyP50").Verdict);

    [Fact]
    public void Equal_variants_tie_with_a_difference_of_exactly_0()
    {
        var table = new ComparisonTable(SyntheticComparison.Of([0.5, 1], ("one", (ms, _) => ms), ("other", (ms, _) => ms)));
        foreach (var cell in table.Rows.Where(row => row.Variant == "other").SelectMany(row => row.Cells))
        {
            Assert.Equal(DifferenceVerdict.Tie, cell.Verdict);
            Assert.Equal((0.0, 0.0), (cell.Difference!.Value.Difference.Mean, cell.Difference.Value.Difference.HalfWidth));
        }
        Assert.Equal("better in 0, worse in 0, ties in 10 of 10", table.Tally("other"));
        Assert.Equal("", table.Tally("one"));
    }

    [Fact]
    public void A_difference_that_changes_its_sign_is_a_tie() =>
        Assert.Equal(DifferenceVerdict.Tie, Cell(new ComparisonTable(SyntheticComparison.Of([1], ("base", (ms, _) => ms), ("noisy", (ms, r) => ms + (r % 2 == 0 ? 3 : -3)))), "noisy", "latencyP99").Verdict);

    [Fact]
    public void Fewer_failures_are_better_and_goodput_follows()
    {
        var record = SyntheticComparison.Of([1], ("base", (ms, _) => ms), ("sound", (ms, _) => ms));
        var broken = record with { Runs = [new("base", 1, SyntheticComparison.Run("base", 1, (ms, _) => ms, failures: replication => 20 + replication)), record.Runs[1]] };
        var table = new ComparisonTable(broken);
        Assert.Equal(DifferenceVerdict.Better, Cell(table, "sound", "successRate").Verdict);
        Assert.Equal(0.11, Cell(table, "sound", "successRate").Difference!.Value.Difference.Mean, 9);
        Assert.Equal(2.2, Cell(table, "sound", "goodput").Difference!.Value.Difference.Mean, 9);
    }

    [Fact]
    public void More_comparisons_widen_every_interval()
    {
        (string, Func<double, int, double>)[] variants = [("a", (ms, _) => ms), ("b", (ms, r) => ms + 0.5 * (r % 3))];
        var alone = new ComparisonTable(SyntheticComparison.Of([1], variants));
        var many = new ComparisonTable(SyntheticComparison.Of([0.5, 1, 2], [.. variants, ("c", (ms, _) => ms)]));
        Assert.Equal((1, 0.95), (alone.Differences, alone.Confidence));
        Assert.Equal((6, 1 - 0.05 / 6), (many.Differences, many.Confidence));
        double narrow = Half(alone), wide = Half(many);
        // Student's t with 4 degrees of freedom: 2.776 at 95%, 4.851 at 99.1667%.
        Assert.Equal(4.851 / 2.776, wide / narrow, 2);

        static double Half(ComparisonTable table) => table.Rows.First(row => row.Variant == "b" && row.Load == 1).Cells.First(cell => cell.Number.Key == "latencyP50").Difference!.Value.Difference.HalfWidth!.Value;
    }

    [Fact]
    public void Runs_on_other_seeds_are_not_paired_and_are_refused()
    {
        var record = SyntheticComparison.Of([1], ("a", (ms, _) => ms), ("b", (ms, _) => ms));
        var mutant = record with { Runs = [record.Runs[0], record.Runs[1] with { Record = SyntheticComparison.Run("b", 1, (ms, _) => ms, seed: 2) }] };
        Assert.Contains("not paired", Assert.Throws<ArgumentException>(() => new ComparisonTable(mutant)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("successRate", 0.0123, "+1.23 pp")]
    [InlineData("successRate", -0.000001, "-<0.001 pp")]
    [InlineData("latencyP99", -0.0123, "-12.3 ms")]
    [InlineData("attemptsPerCall", 0.25, "+0.25")]
    [InlineData("goodput", 0, "0/s")]
    public void Differences_are_written_in_their_unit(string key, double difference, string text) =>
        Assert.Equal(text, ComparedNumber.All.First(number => number.Key == key).WriteDifference(difference));

    private static ComparisonCell Cell(ComparisonTable table, string variant, string number) =>
        table.Rows.First(row => row.Variant == variant).Cells.First(cell => cell.Number.Key == number);
}
