using System.Text.RegularExpressions;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Routing;

/// <summary>A <see cref="PathMatch"/> made ready. Allocates nothing.</summary>
internal sealed class PathMatcher
{
    private readonly PathMatchKind _kind;
    private readonly string _value;
    private readonly Regex? _regex;
    private readonly PathTemplate? _template;

    public PathMatcher(PathMatch match)
    {
        _kind = match.Kind;
        // A slash at the end of a prefix means nothing: elements are compared.
        _value = _kind == PathMatchKind.Prefix ? match.Value.TrimEnd('/') : match.Value;
        if (_kind == PathMatchKind.Regex) _regex = TextMatcher.FullMatch(match.Value);
        if (_kind == PathMatchKind.Template) _template = new PathTemplate(match.Value);
        Precedence = (Rank(_kind), match.Value.Length);
    }

    /// <summary>Its place among paths, higher first: the kind, then the length.</summary>
    public (int Kind, int Length) Precedence { get; }

    /// <summary>The prefix without a slash at its end; <c>null</c> for other kinds.</summary>
    public string? Prefix => _kind == PathMatchKind.Prefix ? _value : null;

    public bool Matches(string path) => _kind switch
    {
        PathMatchKind.Exact => path == _value,
        PathMatchKind.Prefix => path.StartsWith(_value, StringComparison.Ordinal) && (path.Length == _value.Length || path[_value.Length] == '/'),
        PathMatchKind.Regex => _regex!.IsMatch(path),
        _ => _template!.Matches(path),
    };

    // Gateway API leaves the place of expressions open; Envoy Gateway puts them between exact paths and prefixes.
    private static int Rank(PathMatchKind kind) => kind switch
    {
        PathMatchKind.Exact => 4,
        PathMatchKind.Template => 3,
        PathMatchKind.Regex => 2,
        _ => 1,
    };
}
