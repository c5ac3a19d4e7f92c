using System.Globalization;
using System.Xml.Linq;
using Mesh.Reports.Results;

namespace Mesh.Scenarios.Cli;

/// <summary>Verdicts as JUnit XML: a suite for each run, a case for each expectation.</summary>
internal static class JUnit
{
    public static string Write(IReadOnlyList<RunRecord> records) => new XDocument(
        new XDeclaration("1.0", "utf-8", null),
        new XElement("testsuites", records.Select(Suite))).ToString() + "\n";

    private static XElement Suite(RunRecord record)
    {
        string seconds = record.Replications.Sum(replication => replication.WallSeconds).ToString("0.###", CultureInfo.InvariantCulture);
        return new XElement("testsuite",
            new XAttribute("name", record.Scenario),
            new XAttribute("tests", record.Verdicts.Count),
            new XAttribute("failures", record.Verdicts.Count(verdict => verdict.Verdict != Verdict.Pass)),
            new XAttribute("errors", 0),
            new XAttribute("time", seconds),
            record.Verdicts.Select(verdict => Case(record, verdict)));
    }

    private static XElement Case(RunRecord record, ExpectationVerdict verdict) => new("testcase",
        new XAttribute("classname", record.Scenario),
        new XAttribute("name", verdict.Expression),
        verdict.Verdict == Verdict.Pass ? null : new XElement("failure",
            new XAttribute("type", verdict.Word), new XAttribute("message", verdict.Explanation), $"{verdict.Explanation}\nReplay: {record.Replay}"));
}
