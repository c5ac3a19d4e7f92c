namespace Mesh.Runtime.Routing;

/// <summary>
/// A path template: <c>{*}</c> or <c>{name}</c> is one element that is not empty, <c>{**}</c>, at most once, is any text from its slash on:
/// <c>/foo/{**}</c> takes <c>/foo/</c> and <c>/foo/a/b</c> but not <c>/foo</c> (Istio, Envoy's URI template). Allocates nothing.
/// </summary>
internal sealed class PathTemplate
{
    private const string Rest = "{**}";
    private readonly string[] _head;
    private readonly string[]? _tail;

    public PathTemplate(string template)
    {
        string[] elements = template.Split('/')[1..];
        int rest = Array.IndexOf(elements, Rest);
        _head = rest < 0 ? elements : elements[..rest];
        _tail = rest < 0 ? null : elements[(rest + 1)..];
    }

    /// <summary>What is wrong with a template, or <c>null</c>.</summary>
    public static string? Problem(string template)
    {
        if (!template.StartsWith('/')) return $"'{template}' is not a template; a template begins with '/'.";
        string[] elements = template.Split('/')[1..];
        if (elements.Count(element => element == Rest) > 1) return $"'{template}' has {Rest} twice; it may stand once.";
        foreach (string element in elements)
        {
            bool braces = element.Contains('{', StringComparison.Ordinal) || element.Contains('}', StringComparison.Ordinal);
            if (braces && !IsOne(element) && element != Rest) return $"'{element}' is not an element of a template; write {{*}}, {{name}} or {Rest} between two slashes, or plain text.";
        }
        return null;
    }

    public bool Matches(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty || path[0] != '/') return false;
        var left = path[1..];
        for (int i = 0; i < _head.Length; i++)
        {
            int slash = left.IndexOf('/');
            bool last = _tail is null && i == _head.Length - 1;
            if (last != slash < 0) return false;
            if (!Element(_head[i], last ? left : left[..slash])) return false;
            if (!last) left = left[(slash + 1)..];
        }
        return _tail is null || EndsWithTail(left);
    }

    private bool EndsWithTail(ReadOnlySpan<char> left)
    {
        for (int i = _tail!.Length - 1; i >= 0; i--)
        {
            int slash = left.LastIndexOf('/');
            if (slash < 0 || !Element(_tail[i], left[(slash + 1)..])) return false;
            left = left[..slash];
        }
        return true;
    }

    private static bool Element(string pattern, ReadOnlySpan<char> element) =>
        IsOne(pattern) ? !element.IsEmpty : element.SequenceEqual(pattern);

    private static bool IsOne(string element) =>
        element.Length > 2 && element[0] == '{' && element[^1] == '}' && element != Rest && element.AsSpan(1, element.Length - 2).IndexOfAny('{', '}') < 0;
}
