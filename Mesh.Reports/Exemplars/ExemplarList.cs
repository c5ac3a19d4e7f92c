using Mesh.Reports.Rendering;
using Mesh.Reports.Results;

namespace Mesh.Reports.Exemplars;

/// <summary>The exemplars of a run, over all replications, in the order in which people see and number them.</summary>
public static class ExemplarList
{
    private const int Most = 10;

    /// <summary>The slowest successes, then failures, each kind of failure before a second one of any kind; numbered from 1.</summary>
    public static IReadOnlyList<NumberedExemplar> Of(RunRecord record)
    {
        var all = record.Replications.SelectMany(replication => replication.Exemplars.Select(one => (replication.Seed, One: one))).ToList();
        var slow = all.Where(one => !one.One.Failed).OrderByDescending(one => one.One.Duration).ThenBy(one => one.One.Key).Take(Most);
        var failed = all.Where(one => one.One.Failed).GroupBy(one => (one.One.Status, one.One.AllFlags))
            .SelectMany(kind => kind.OrderByDescending(one => one.One.Duration).ThenBy(one => one.One.Key).Select((one, turn) => (one, turn)))
            .OrderBy(one => one.turn).ThenByDescending(one => one.one.One.Duration).ThenBy(one => one.one.One.Key).Select(one => one.one).Take(Most);
        return [.. slow.Concat(failed).Select((one, i) => new NumberedExemplar(i + 1, one.Seed, one.One))];
    }

    /// <summary>Requests that could not be looked at, because too many were under way; over all replications.</summary>
    public static long Skipped(RunRecord record) => record.Replications.Sum(replication => replication.ExemplarsSkipped);
}

/// <summary>An exemplar and its number.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Seed">The replication's seed.</param>
/// <param name="Request">The request.</param>
public sealed record NumberedExemplar(int Number, ulong Seed, Exemplar Request)
{
    /// <summary>Its answer in words, and what it comes from: for a failure the call that failed first, else what took most of its time.</summary>
    public string Story
    {
        get
        {
            string answer = FlagWords.Answer(Request.Status, Request.Flags);
            if (Request.Failed && Request.Cause is { Parent: >= 0 } cause) return $"{answer}; {cause.To} {cause.Path}: {FlagWords.Answer(cause.Status, cause.Flags)}";
            var most = TimeBreakdown.Of(Request).FirstOrDefault();
            return most.Key is null ? answer : $"{answer}; {Units.Duration(most.Value / (double)TimeSpan.TicksPerSecond)} {most.Key}";
        }
    }
}
