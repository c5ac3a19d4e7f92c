using Mesh.Runtime.Model;
using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Security;

/// <summary>A <see cref="TextList"/> made ready. Allocates nothing.</summary>
internal sealed class TextPatterns
{
    private readonly TextPattern[] _values;
    private readonly TextPattern[] _not;

    public TextPatterns(TextList list, TextPatternKind kind = TextPatternKind.Text)
    {
        _values = [.. list.Values.Select(value => new TextPattern(value, kind))];
        _not = [.. list.Not.Select(value => new TextPattern(value, kind))];
    }

    /// <summary>Whether it asks for nothing.</summary>
    public bool IsEmpty => _values.Length == 0 && _not.Length == 0;

    /// <summary>Whether a value passes; an empty one is a value that is not there.</summary>
    public bool Allow(ReadOnlySpan<char> value) => (_values.Length == 0 || Any(_values, value)) && !Any(_not, value);

    /// <summary>Whether several values of one attribute pass: one must match, and none may be among those excluded.</summary>
    public bool AllowOneOf(IReadOnlyList<string> values)
    {
        bool wanted = _values.Length == 0;
        for (int i = 0; i < values.Count; i++)
        {
            if (Any(_not, values[i])) return false;
            wanted |= Any(_values, values[i]);
        }
        return wanted;
    }

    /// <summary>The same for the values under one name among names and values.</summary>
    public bool AllowOneOf(IReadOnlyList<KeyValuePair<string, string>> fields, string name)
    {
        bool wanted = _values.Length == 0;
        for (int i = 0; i < fields.Count; i++)
        {
            var (key, value) = fields[i];
            if (key != name) continue;
            if (Any(_not, value)) return false;
            wanted |= Any(_values, value);
        }
        return wanted;
    }

    private static bool Any(TextPattern[] patterns, ReadOnlySpan<char> value)
    {
        foreach (var pattern in patterns)
            if (pattern.Matches(value)) return true;
        return false;
    }
}

/// <summary>What a pattern is compared with.</summary>
internal enum TextPatternKind
{
    /// <summary>Any text.</summary>
    Text,
    /// <summary>A host: case does not matter.</summary>
    Host,
    /// <summary>A path: templates are known.</summary>
    Path,
    /// <summary>A caller's identity: an account alone stands for itself in any namespace.</summary>
    Principal,
}

/// <summary>One pattern: a text, <c>prefix*</c>, <c>*suffix</c>, or <c>*</c> for any that is there. Istio's, and nothing else matches in the middle.</summary>
internal sealed class TextPattern
{
    private readonly string _text;
    private readonly Part _part;
    private readonly StringComparison _case;
    private readonly PathTemplate? _template;

    public TextPattern(string pattern, TextPatternKind kind)
    {
        _case = kind == TextPatternKind.Host ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        if (kind == TextPatternKind.Path && pattern.Contains('{', StringComparison.Ordinal)) _template = new PathTemplate(pattern);
        if (kind == TextPatternKind.Principal && !pattern.Contains('/', StringComparison.Ordinal) && !pattern.Contains('*', StringComparison.Ordinal)) pattern = $"*/sa/{pattern}";
        (_part, _text) = pattern switch
        {
            "*" => (Part.Present, ""),
            _ when pattern.EndsWith('*') => (Part.Prefix, pattern[..^1]),
            _ when pattern.StartsWith('*') => (Part.Suffix, pattern[1..]),
            _ => (Part.Exact, pattern),
        };
    }

    private enum Part
    {
        Exact,
        Prefix,
        Suffix,
        Present,
    }

    public bool Matches(ReadOnlySpan<char> value)
    {
        if (value.IsEmpty) return false;   // what is not there matches nothing, not even "*"
        if (_template is not null) return _template.Matches(value);
        return _part switch
        {
            Part.Exact => value.Equals(_text, _case),
            Part.Prefix => value.StartsWith(_text, _case),
            Part.Suffix => value.EndsWith(_text, _case),
            _ => true,
        };
    }
}
