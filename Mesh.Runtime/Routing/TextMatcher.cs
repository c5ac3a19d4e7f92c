using System.Text.RegularExpressions;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Routing;

/// <summary>A <see cref="TextMatch"/> made ready. Allocates nothing.</summary>
internal sealed class TextMatcher
{
    private readonly TextMatchKind _kind;
    private readonly string _value;
    private readonly StringComparison _case;
    private readonly Regex? _regex;

    public TextMatcher(TextMatch match, bool ignoreCase = false)
    {
        _kind = match.Kind;
        _value = match.Value;
        _case = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        if (_kind == TextMatchKind.Regex) _regex = FullMatch(match.Value, ignoreCase);
    }

    /// <summary>Whether a value matches; <c>null</c> is a value that is not there.</summary>
    public bool Matches(string? value) => value is null ? _kind == TextMatchKind.Absent : _kind switch
    {
        TextMatchKind.Exact => value.Equals(_value, _case),
        TextMatchKind.Prefix => value.StartsWith(_value, _case),
        TextMatchKind.Suffix => value.EndsWith(_value, _case),
        TextMatchKind.Regex => _regex!.IsMatch(value),
        TextMatchKind.Present => true,
        _ => false,
    };

    /// <summary>What is wrong with an expression, or <c>null</c>.</summary>
    public static string? Problem(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);   // as it was written, for the message
            FullMatch(pattern);
            return null;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return $"'{pattern}' is not a regular expression that can be run in time that grows with the text only: {error.Message}";
        }
    }

    /// <summary>
    /// An expression that must match the whole text. Time grows with the text only: no expression can hold a proxy up
    /// (Envoy and Istio use RE2 for the same reason).
    /// </summary>
    public static Regex FullMatch(string pattern, bool ignoreCase = false) => new(
        $@"\A(?:{pattern})\z",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None));
}
