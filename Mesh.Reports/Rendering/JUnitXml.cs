using System.Globalization;
using System.Text;
using System.Xml;
using Mesh.Reports.Results;

namespace Mesh.Reports.Rendering;

/// <summary>
/// A run as a JUnit file, which every CI system reads: a test case for each expectation and one for the run itself. A failure says what was observed,
/// what was asked for, and the command that replays it; the trace hashes are properties.
/// </summary>
public static class JUnitXml
{
    /// <summary>Writes one suite for each run to <paramref name="path"/>.</summary>
    public static void Save(IReadOnlyList<RunRecord> runs, string path) => File.WriteAllText(path, Write(runs), new UTF8Encoding(false));

    /// <summary>The document.</summary>
    public static string Write(IReadOnlyList<RunRecord> runs)
    {
        var text = new Utf8Text();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n", CheckCharacters = false }))
        {
            xml.WriteStartElement("testsuites");
            foreach (var run in runs) Suite(xml, run);
            xml.WriteEndElement();
        }
        return text + "\n";
    }

    private static void Suite(XmlWriter xml, RunRecord run)
    {
        string name = run.Variant.Length > 0 ? $"{run.Scenario} ({run.Variant})" : run.Scenario;
        bool stopped = run.StopReason != "completed";
        xml.WriteStartElement("testsuite");
        Attribute(xml, "name", name);
        Attribute(xml, "tests", run.Verdicts.Count + 1);
        Attribute(xml, "failures", run.Verdicts.Count(verdict => verdict.Verdict != Verdict.Pass));
        Attribute(xml, "errors", stopped ? 1 : 0);
        Attribute(xml, "skipped", 0);
        Attribute(xml, "time", run.Replications.Sum(replication => replication.WallSeconds).ToString("0.###", CultureInfo.InvariantCulture));
        Properties(xml, run);
        Case(xml, name, "run completed", stopped ? ("error", "stopped", $"Stopped early: {run.StopReason}.") : null, run);
        foreach (var verdict in run.Verdicts) Case(xml, name, verdict.Expression, FailureOf(verdict), run);
        xml.WriteEndElement();
    }

    private static void Properties(XmlWriter xml, RunRecord run)
    {
        xml.WriteStartElement("properties");
        Property("file", run.File);
        Property("world", run.World);
        Property("seed", run.Seed.ToString(CultureInfo.InvariantCulture));
        Property("replay", run.Replay);
        foreach (var one in run.Replications) Property($"traceHash.{one.Replication}", one.TraceHash);
        foreach (var version in run.Versions) Property(version.Name, version.Value);
        xml.WriteEndElement();

        void Property(string name, string value)
        {
            xml.WriteStartElement("property");
            Attribute(xml, "name", name);
            Attribute(xml, "value", value);
            xml.WriteEndElement();
        }
    }

    private static (string Element, string Type, string Message)? FailureOf(ExpectationVerdict verdict)
    {
        if (verdict.Verdict == Verdict.Pass) return null;
        string interval = verdict is { Low: { } low, High: { } high } ? $" (95% interval {Units.Of(low, verdict.Unit)} to {Units.Of(high, verdict.Unit)})" : "";
        string message = verdict.Verdict == Verdict.NotEnoughData ? "not enough data"
            : $"observed {Units.Of(verdict.Observed, verdict.Unit)}{interval}, limit {Units.Of(verdict.Limit, verdict.Unit)}";
        return ("failure", verdict.Word, verdict.Explanation.Length > 0 ? $"{message}. {verdict.Explanation}" : message);
    }

    private static void Case(XmlWriter xml, string suite, string name, (string Element, string Type, string Message)? problem, RunRecord run)
    {
        xml.WriteStartElement("testcase");
        Attribute(xml, "classname", suite);
        Attribute(xml, "name", name);
        if (problem is { } found)
        {
            xml.WriteStartElement(found.Element);
            Attribute(xml, "type", found.Type);
            Attribute(xml, "message", found.Message);
            xml.WriteString(Legal($"{name}\n{found.Message}\nreplay: {run.Replay}\n"));
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    private static void Attribute(XmlWriter xml, string name, object value) => xml.WriteAttributeString(name, Legal(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));

    /// <summary>XML has no way to write most control characters, nor half of a surrogate pair.</summary>
    private static string Legal(string text)
    {
        var legal = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) legal.Append(text[i]).Append(text[++i]);
            else legal.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\uFFFD');
        }
        return legal.ToString();
    }

    // A StringWriter would claim UTF-16 in the declaration.
    private sealed class Utf8Text() : StringWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => Encoding.UTF8;
    }
}
