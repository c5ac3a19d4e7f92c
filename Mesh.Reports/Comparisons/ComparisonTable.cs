using Mesh.Reports.Results;
using Mesh.Reports.Statistics;

namespace Mesh.Reports.Comparisons;

/// <summary>
/// The arithmetic of a comparison: each number of each variant with its 95% interval, and its paired difference to the baseline.
/// Differences are judged together: with m of them for a number, each interval has the confidence 1 - 0.05/m (Bonferroni), so that all
/// differences of that number hold at once with at least 95%.
/// </summary>
public sealed class ComparisonTable
{
    private const double Error = 0.05;

    /// <summary>Works the table out.</summary>
    /// <exception cref="ArgumentException">Two variants did not run on the same seeds: nothing is paired, so nothing can be said.</exception>
    public ComparisonTable(ComparisonRecord record)
    {
        Record = record;
        Differences = Math.Max(1, (record.Variants.Count - 1) * record.Loads.Count);
        Confidence = 1 - Error / Differences;
        Rows = [.. from load in record.Loads from variant in record.Variants select Row(variant.Name, load)];
    }

    /// <summary>The comparison.</summary>
    public ComparisonRecord Record { get; }

    /// <summary>How many differences there are for each number: other variants times loads.</summary>
    public int Differences { get; }

    /// <summary>The confidence of the interval of a single difference.</summary>
    public double Confidence { get; }

    /// <summary>A row for each variant at each load, load by load.</summary>
    public IReadOnlyList<ComparisonRow> Rows { get; }

    /// <summary>What the table says about a variant in a few words: <c>better in 3, worse in 1, ties in 6 of 10</c>; empty for the baseline.</summary>
    public string Tally(string variant)
    {
        if (variant == Record.Baseline) return "";
        var verdicts = Rows.Where(row => row.Variant == variant).SelectMany(row => row.Cells).Select(cell => cell.Verdict).ToList();
        return $"better in {Count(DifferenceVerdict.Better)}, worse in {Count(DifferenceVerdict.Worse)}, ties in {Count(DifferenceVerdict.Tie)} of {verdicts.Count}";

        int Count(DifferenceVerdict verdict) => verdicts.Count(one => one == verdict);
    }

    private ComparisonRow Row(string variant, double load)
    {
        var run = Record.Run(variant, load);
        var baseline = Record.Run(Record.Baseline, load);
        if (!run.Replications.Select(one => one.Seed).SequenceEqual(baseline.Replications.Select(one => one.Seed)))
            throw new ArgumentException($"'{variant}' did not run on the seeds of '{Record.Baseline}': the two are not paired");
        bool isBaseline = variant == Record.Baseline;
        return new ComparisonRow(variant, load, isBaseline, [.. ComparedNumber.All.Select(number => Cell(number, run, isBaseline ? null : baseline))]);
    }

    private ComparisonCell Cell(ComparedNumber number, RunRecord run, RunRecord? baseline)
    {
        double[] values = [.. run.Replications.Select(number.Of)];
        var interval = Interval.Of(values);
        if (baseline is null) return new ComparisonCell(number, interval, null, DifferenceVerdict.Baseline);
        var difference = PairedDifference.Of([.. baseline.Replications.Select(number.Of)], values, Confidence);
        return new ComparisonCell(number, interval, difference, Judge(number, difference));
    }

    private static DifferenceVerdict Judge(ComparedNumber number, PairedDifference difference) =>
        difference.Difference.HalfWidth is null ? DifferenceVerdict.NoData
        : !difference.IsSignificant ? DifferenceVerdict.Tie
        : difference.Difference.Mean > 0 == number.MoreIsBetter ? DifferenceVerdict.Better
        : DifferenceVerdict.Worse;
}

/// <summary>One variant at one load.</summary>
/// <param name="Variant">The variant's name.</param>
/// <param name="Load">The factor of the scenario's rates.</param>
/// <param name="IsBaseline">Whether the others are compared with it.</param>
/// <param name="Cells">A cell for each of <see cref="ComparedNumber.All"/>.</param>
public sealed record ComparisonRow(string Variant, double Load, bool IsBaseline, IReadOnlyList<ComparisonCell> Cells);

/// <summary>One number of one variant at one load.</summary>
/// <param name="Number">Which.</param>
/// <param name="Value">Its mean over the replications, with the 95% interval.</param>
/// <param name="Difference">This less the baseline, pair by pair; <c>null</c> for the baseline itself.</param>
/// <param name="Verdict">What the difference says.</param>
public sealed record ComparisonCell(ComparedNumber Number, Interval Value, PairedDifference? Difference, DifferenceVerdict Verdict)
{
    /// <summary>The verdict's name in JSON and CSV.</summary>
    public string Word => char.ToLowerInvariant(Verdict.ToString()[0]) + Verdict.ToString()[1..];
}

/// <summary>What a difference to the baseline says.</summary>
public enum DifferenceVerdict
{
    /// <summary>It is the baseline's own.</summary>
    Baseline,

    /// <summary>The interval contains 0: the two cannot be told apart with this many replications.</summary>
    Tie,

    /// <summary>The interval lies on the good side of 0.</summary>
    Better,

    /// <summary>The interval lies on the bad side of 0.</summary>
    Worse,

    /// <summary>Fewer than two pairs saw anything.</summary>
    NoData,
}
