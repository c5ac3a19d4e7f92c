using System.Text.RegularExpressions;
using Mesh.Reports.Results;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Expectations;

/// <summary>Parses <c>METRIC{label=value, ...} OP LIMIT</c> and checks every name in it against the scenario, before anything runs.</summary>
internal sealed partial class ExpectationParser
{
    private const string Shape = "write METRIC{label=value} OP LIMIT, such as latency.p99{service=cart} < 60ms.";
    private static readonly string[] Labels = ["service", "to", "from", "path", "phase", "fault"];

    private readonly ExpectationNames _names;
    private readonly Problems _problems;

    private ExpectationParser(WorldConfig world, Problems problems)
    {
        _names = new ExpectationNames(world);
        _problems = problems;
    }

    /// <summary>The expectations that are right; the others are told.</summary>
    public static IReadOnlyList<Expectation> ParseAll(IReadOnlyList<YamlScalar> texts, WorldConfig world, Problems problems)
    {
        var parser = new ExpectationParser(world, problems);
        return [.. texts.Select(parser.Parse).OfType<Expectation>()];
    }

    private Expectation? Parse(YamlScalar scalar)
    {
        string text = scalar.Text;
        if (Form().Match(text) is not { Success: true } match) return Fail(scalar, 0, $"'{text}' is not an expectation; {Shape}");

        int before = _problems.All.Count;
        var metric = FindMetric(scalar, match.Groups["metric"]);
        var (filter, fault) = ReadLabels(scalar, match.Groups["labels"]);
        CheckFault(scalar, match, metric, filter, fault);
        var comparison = FindComparison(scalar, match.Groups["op"]);
        double limit = 0;
        if (metric?.ParseLimit(match.Groups["limit"].Value, out limit) is { } problem) Fail(scalar, match.Groups["limit"].Index, problem);
        return _problems.All.Count > before ? null : new Expectation(text, metric!, filter, comparison!, limit) { Fault = fault };
    }

    /// <summary>A metric after a fault must say which; the others are about traffic, in any phase.</summary>
    private void CheckFault(YamlScalar scalar, Match match, Metric? metric, EdgeFilter filter, string fault)
    {
        if (metric is null) return;
        int at = match.Groups["labels"] is { Success: true } labels ? labels.Index : match.Groups["metric"].Index;
        if (metric.AfterFault is null && fault.Length > 0) Fail(scalar, at, $"{metric.Name} has no label 'fault'; write phase={fault} for the time of the fault.");
        if (metric.AfterFault is not null && fault.Length == 0) Fail(scalar, at, $"{metric.Name} needs the fault after which it counts, such as {metric.Name}{{fault=brownout}}.");
        if (metric.AfterFault is not null && filter.Phase is not null) Fail(scalar, at, $"{metric.Name} has no label 'phase'; it begins with the end of the fault.");
    }

    private Metric? FindMetric(YamlScalar scalar, Group given)
    {
        if (Metric.All.FirstOrDefault(metric => metric.Name == given.Value) is { } known) return known;
        Fail(scalar, given.Index, $"'{given.Value}' is not a metric.{Suggest.From(given.Value, [.. Metric.All.Select(metric => metric.Name)], "Metrics")}");
        return null;
    }

    private Comparison? FindComparison(YamlScalar scalar, Group given)
    {
        if (Comparison.All.FirstOrDefault(comparison => comparison.Sign == given.Value) is { } known) return known;
        Fail(scalar, given.Index, $"'{given.Value}' does not compare. Comparisons: {string.Join(' ', Comparison.All.Select(comparison => comparison.Sign))}.");
        return null;
    }

    private (EdgeFilter Filter, string Fault) ReadLabels(YamlScalar scalar, Group labels)
    {
        var read = (Filter: new EdgeFilter(), Fault: "");
        if (!labels.Success || string.IsNullOrWhiteSpace(labels.Value)) return read;
        int column = labels.Index;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string label in labels.Value.Split(','))
        {
            read = ReadLabel(scalar, column, label, seen, read.Filter, read.Fault);
            column += label.Length + 1;
        }
        if (_names.Contradiction(read.Filter) is { } problem) Fail(scalar, labels.Index, problem);
        return read;
    }

    private (EdgeFilter Filter, string Fault) ReadLabel(YamlScalar scalar, int column, string label, HashSet<string> seen, EdgeFilter filter, string fault)
    {
        column += label.Length - label.TrimStart().Length;
        string[] parts = label.Split('=', 2, StringSplitOptions.TrimEntries);
        string name = parts[0] == "to" ? "service" : parts[0];
        string value = parts.Length == 2 ? parts[1].Trim('"', '\'') : "";
        if (value.Length == 0) Fail(scalar, column, $"'{label.Trim()}' is not a label; write label=value, such as service=cart.");
        else if (!Labels.Contains(name)) Fail(scalar, column, $"'{name}' is not a label.{Suggest.From(name, Labels, "Labels")}");
        else if (!seen.Add(name)) Fail(scalar, column, $"the label '{parts[0]}' says again which traffic is meant; 'service' and 'to' are the same. Keep one.");
        else if (_names.Unknown(name, value, filter) is { } problem) Fail(scalar, column + label.TrimStart().LastIndexOf(value, StringComparison.Ordinal), problem);
        return name switch
        {
            "service" => (filter with { To = value }, fault),
            "from" => (filter with { From = value }, fault),
            "path" => (filter with { Path = value }, fault),
            "phase" => (filter with { Phase = value }, fault),
            "fault" => (filter, value),
            _ => (filter, fault),
        };
    }

    private Expectation? Fail(YamlScalar scalar, int offset, string message)
    {
        var place = scalar.Place;
        if (place.Line > 0) place = place with { Column = place.Column + offset + (scalar.IsQuoted ? 1 : 0) };
        _problems.Error(place, scalar.Path, message);
        return null;
    }

    [GeneratedRegex(@"^\s*(?<metric>[A-Za-z_][A-Za-z0-9_.()]*)\s*(\{(?<labels>[^}]*)\})?\s*(?<op>[<>=!~]+)\s*(?<limit>\S(.*\S)?)\s*$")]
    private static partial Regex Form();
}
