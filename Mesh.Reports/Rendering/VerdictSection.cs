using Mesh.Reports.Results;

namespace Mesh.Reports.Rendering;

/// <summary>The first thing a reader sees: did it hold?</summary>
internal static class VerdictSection
{
    /// <summary>The outcome in a few words.</summary>
    public static string Headline(RunRecord record)
    {
        int all = record.Verdicts.Count;
        int failed = record.Verdicts.Count(verdict => verdict.Verdict == Verdict.Fail);
        int unsure = record.Verdicts.Count(verdict => verdict.Verdict == Verdict.NotEnoughData);
        if (all == 0) return "nothing was expected";
        if (failed == 0 && unsure == 0) return all == 1 ? "passed: the expectation holds" : $"passed: all {all} expectations hold";
        string text = failed > 0 ? $"failed: {failed} of {all} expectations {(failed == 1 ? "does" : "do")} not hold" : "not passed";
        return unsure > 0 ? $"{text}, {unsure} of {all} {(unsure == 1 ? "has" : "have")} not enough data" : text;
    }

    public static Markup Of(RunRecord record)
    {
        string headline = Headline(record);
        string text = char.ToUpperInvariant(headline[0]) + headline[1..];
        var (kind, sign) = record.Verdicts.Count == 0 ? ("plain", "–") : record.Passed ? ("good", "✓") : ("bad", "✗");
        return Html.Of($"""
            <section>
            <div class="verdict {kind}"><span class="sign" aria-hidden="true">{sign}</span><span>{text}.</span></div>
            {Html.When(record.Verdicts.Count > 0, () => Table(record.Verdicts))}
            </section>
            """);
    }

    private static Markup Table(IReadOnlyList<ExpectationVerdict> verdicts) => Html.Of($"""
        <div class="scroll"><table class="verdicts">
        <thead><tr><th class="text">Verdict</th><th class="text">Expectation</th><th>Observed</th><th>95% interval</th><th>Limit</th></tr></thead>
        <tbody>
        {Html.Each(verdicts, Row)}
        </tbody></table></div>
        """);

    private static Markup Row(ExpectationVerdict verdict)
    {
        string words = verdict.Verdict switch { Verdict.Pass => "✓ pass", Verdict.Fail => "✗ fail", _ => "? not enough data" };
        string interval = verdict is { Low: { } low, High: { } high } ? $"{Units.Of(low, verdict.Unit)} to {Units.Of(high, verdict.Unit)}" : Units.None;
        return Html.Of($"""
            <tr><td class="text {verdict.Word}">{words}</td><td class="text wrap"><code>{verdict.Expression}</code>{Html.When(verdict.Explanation.Length > 0, () => Html.Of($"<span class=\"why\">{verdict.Explanation}</span>"))}</td><td data-label="Observed">{Units.Of(verdict.Observed, verdict.Unit)}</td><td data-label="95% interval">{interval}</td><td data-label="Limit">{Units.Of(verdict.Limit, verdict.Unit)}</td></tr>

            """);
    }
}
