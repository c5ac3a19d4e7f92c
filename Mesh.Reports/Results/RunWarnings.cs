using Mesh.Reports.Statistics;

namespace Mesh.Reports.Results;

/// <summary>Everything that a reader of a run must be warned about.</summary>
public static class RunWarnings
{
    /// <summary>The run's own warnings, its replications' (each once), an early end, requests that never ended, and what <see cref="WarmupCheck"/> says.</summary>
    public static IEnumerable<string> Of(RunRecord record)
    {
        foreach (string warning in record.Warnings.Concat(record.Replications.SelectMany(replication => replication.Warnings)).Distinct()) yield return warning;
        foreach (var group in record.Replications.Where(replication => replication.StopReason != "completed").GroupBy(replication => replication.StopReason))
            yield return $"Stopped early ({group.Key}): {Replications(group)}. The numbers cover what was measured until then.";
        var unfinished = record.Replications.Where(replication => replication.Unfinished > 0).ToList();
        if (unfinished.Count > 0)
            yield return $"{unfinished.Sum(replication => replication.Unfinished)} requests had not ended when the world stopped, and are in no number: {Replications(unfinished)}.";
        if (WarmupCheck.Warning(record.Replications) is { } tooShort) yield return tooShort;
    }

    private static string Replications(IEnumerable<ReplicationRecord> replications)
    {
        var numbers = replications.Select(replication => replication.Replication).ToList();
        return $"{(numbers.Count == 1 ? "replication" : "replications")} {string.Join(", ", numbers)}";
    }
}
