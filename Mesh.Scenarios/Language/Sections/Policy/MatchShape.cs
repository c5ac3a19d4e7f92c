using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Sections.Policy;

/// <summary>What texts and paths are compared with: a plain text is meant exactly, a mapping says how.</summary>
internal static class MatchShape
{
    private static readonly Shape<TextMatch> LongText = new Section<Given<TextMatch>>("textMatch", "how to compare, such as {prefix: gold}", () => new Given<TextMatch>([]))
    {
        { "exact", Values.Text, (given, value) => given.And(new TextMatch(TextMatchKind.Exact, value)), "Equal, in case too." },
        { "prefix", Values.Text, (given, value) => given.And(new TextMatch(TextMatchKind.Prefix, value)), "Begins with it." },
        { "suffix", Values.Text, (given, value) => given.And(new TextMatch(TextMatchKind.Suffix, value)), "Ends with it." },
        { "regex", Values.Text, (given, value) => given.And(new TextMatch(TextMatchKind.Regex, value)), "The whole text matches the expression." },
        { "present", Values.Flag, (given, value) => given.And(new TextMatch(value ? TextMatchKind.Present : TextMatchKind.Absent)), "true: it is there, whatever it is; false: it is not there." },
    }
    .Check(CheckOne).Then((given, value, reading) => Check(given.One ?? new TextMatch(TextMatchKind.Present), one => one.Problem(), value, reading));

    private static readonly Shape<PathMatch> LongPath = new Section<Given<PathMatch>>("pathMatch", "how to compare, such as {prefix: /cart}", () => new Given<PathMatch>([]))
    {
        { "exact", Values.RequestPath, (given, value) => given.And(new PathMatch(PathMatchKind.Exact, value)), "Equal, in case too." },
        { "prefix", Values.RequestPath, (given, value) => given.And(new PathMatch(PathMatchKind.Prefix, value)), "Begins with it, element by element: /v2 takes /v2/cart but not /v2example." },
        { "regex", Values.Text, (given, value) => given.And(new PathMatch(PathMatchKind.Regex, value)), "The whole path matches the expression." },
        { "template", Values.Text, (given, value) => given.And(new PathMatch(PathMatchKind.Template, value)), "A template: /users/{id} or {*} is one element, {**} any rest." },
    }
    .Check(CheckOne).Then((given, value, reading) => Check(given.One ?? new PathMatch(PathMatchKind.Prefix, "/"), one => one.Problem(), value, reading));

    /// <summary>A text, or how to compare.</summary>
    public static readonly Shape<TextMatch> Text = new EitherShape<TextMatch>(Values.Text.Then((text, _, _) => new TextMatch(TextMatchKind.Exact, text)), LongText);

    /// <summary>A path, or how to compare.</summary>
    public static readonly Shape<PathMatch> Path = new EitherShape<PathMatch>(Values.RequestPath.Then((path, _, _) => new PathMatch(PathMatchKind.Exact, path)), LongPath);

    /// <summary>Names, each with what its value is compared with.</summary>
    public static Shape<IReadOnlyList<KeyValuePair<string, TextMatch>>> Fields(string label) =>
        new TableShape<TextMatch>(label, Values.Name, Text).Then<IReadOnlyList<KeyValuePair<string, TextMatch>>>((fields, _, _) => [.. fields]);

    private static void CheckOne<T>(Given<T> given, YamlMap map, Reading reading) where T : class
    {
        if (given.All.Count == 0) reading.Error(map, "says nothing to compare with; give one of its keys.");
        if (given.All.Count > 1) reading.Error(map, "compares in several ways at once; keep one of them.");
    }

    private static T Check<T>(T match, Func<T, string?> problemOf, YamlValue value, Reading reading)
    {
        if (problemOf(match) is { } problem) reading.Error(value, problem);
        return match;
    }

    private sealed record Given<T>(IReadOnlyList<T> All) where T : class
    {
        public T? One => All.Count > 0 ? All[0] : null;

        public Given<T> And(T one) => new([.. All, one]);
    }
}
