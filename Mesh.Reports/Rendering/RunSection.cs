using Mesh.Reports.Results;

namespace Mesh.Reports.Rendering;

/// <summary>How it was run, how to repeat it, and what it leaves out.</summary>
internal static class RunSection
{
    public static Markup Of(RunRecord record) => Html.Of($"""
        <section>
        <h2>How it was run</h2>
        {Html.When(record.Replay.Length > 0, () => Html.Of($"<p class=\"note\">This command runs it again. {(record.World == "live" ? "A live run does not repeat event for event." : "On the same operating system, architecture and runtime the trace hashes come out the same.")}</p><pre>{record.Replay}</pre>"))}
        <dl class="pairs">{Html.Each(Facts(record), fact => Html.Of($"<dt>{fact.Name}</dt><dd>{fact.Value}</dd>"))}</dl>
        {Html.When(record.Replications.Count > 0, () => Replications(record))}
        {Html.When(record.Settings.Count > 0, () => Html.Of($"<h3>Settings</h3><dl class=\"pairs\">{Html.Each(record.Settings, setting => Html.Of($"<dt>{setting.Name}</dt><dd>{setting.Value}</dd>"))}</dl>"))}
        <div class="box quiet"><h3>What this run did not model</h3>{NotModelled(record)}</div>
        <div class="box quiet"><h3>How to read the numbers</h3><ul>
        <li>A request succeeded when it ended with a status from 1 to 499, as in Istio's and Envoy's success rate. Status 0 says that the caller gave up.</li>
        <li>Latency runs from the moment at which a request was meant to start, so a queue at the client counts. Failed requests are included.</li>
        <li>Requests that were meant to start in the warm-up are in no number; the charts over time show them.</li>
        <li>Attempts belong to their request. One that was refused on the spot, by a cap or an open breaker, counts as well.</li>
        </ul></div>
        </section>
        """);

    /// <summary>The same about a comparison; what its runs left out is what the first one left out.</summary>
    public static Markup HowComparisonRan(Comparisons.ComparisonRecord comparison)
    {
        var first = comparison.Runs[0].Record;
        return Html.Of($"""
            <section>
            <h2>How it was run</h2>
            <p class="note">This command runs it again.</p><pre>{comparison.Replay}</pre>
            <dl class="pairs">{Html.Each(first.Versions, fact => Html.Of($"<dt>{fact.Name}</dt><dd>{fact.Value}</dd>"))}</dl>
            <div class="box quiet"><h3>What these runs did not model</h3>{NotModelled(first)}</div>
            </section>
            """);
    }

    private static IEnumerable<RunSetting> Facts(RunRecord record)
    {
        if (record.File.Length > 0) yield return new RunSetting("Scenario file", record.File);
        yield return new RunSetting("World", record.World == "live" ? "live: processes and sockets" : "virtual: the mesh's own pipelines in simulated time");
        yield return new RunSetting("Ended", record.StopReason);
        foreach (var version in record.Versions) yield return version;
    }

    private static Markup Replications(RunRecord record) => Html.Of($"""
        <div class="scroll"><table>
        <thead><tr><th class="text">Replication</th><th>Seed</th><th class="text">Trace hash</th><th>Requests</th><th>Decisions</th><th>Events</th><th>Simulated</th><th>Took</th></tr></thead>
        <tbody>
        {Html.Each(record.Replications, one => Html.Of($"""
            <tr><td class="text">{one.Replication}</td><td>{one.Seed}</td><td class="text"><code>{one.TraceHash}</code></td><td>{Units.Count(one.Select().Requests)}</td><td>{Units.Count(one.Decisions)}</td><td>{Units.Count(one.EventsFired)}</td><td>{Units.Duration(one.VirtualSeconds)}</td><td>{Units.Duration(one.WallSeconds)}</td></tr>

            """))}
        </tbody></table></div>
        """);

    private static Markup NotModelled(RunRecord record) => record.NotModelled.Count == 0
        ? Html.Of($"<p>Nothing was declared.</p>")
        : Html.Of($"<ul>{Html.Each(record.NotModelled, text => Html.Of($"<li>{text}</li>"))}</ul>");
}
