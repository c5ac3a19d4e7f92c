using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Model;

/// <summary>What a route takes: a request of which all that is given here is true.</summary>
public sealed record RouteMatchConfig
{
    /// <summary>The authority (host) asked for.</summary>
    public TextMatch? Authority { get; init; }

    /// <summary>The path.</summary>
    public PathMatch? Path { get; init; }

    /// <summary>The method, <c>GET</c>.</summary>
    public string? Method { get; init; }

    /// <summary>Headers by name, whose case does not matter. Of several headers with one name the first counts.</summary>
    public IReadOnlyList<KeyValuePair<string, TextMatch>> Headers { get; init; } = [];

    /// <summary>Query parameters by name. Of several with one name the first counts.</summary>
    public IReadOnlyList<KeyValuePair<string, TextMatch>> Query { get; init; } = [];

    /// <summary>The calling service, or <c>ingress</c>; <c>null</c> for any.</summary>
    public string? FromService { get; init; }

    /// <summary>The caller's namespace; <c>null</c> for any.</summary>
    public string? FromNamespace { get; init; }

    /// <summary>Labels that the caller has, all of them (Istio's <c>sourceLabels</c>).</summary>
    public IReadOnlyList<KeyValuePair<string, string>> FromLabels { get; init; } = [];
}

/// <summary>What a text is compared with.</summary>
/// <param name="Kind">How.</param>
/// <param name="Value">The text, prefix, suffix or expression; empty for <see cref="TextMatchKind.Present"/> and <see cref="TextMatchKind.Absent"/>.</param>
public sealed record TextMatch(TextMatchKind Kind, string Value = "")
{
    /// <summary>What is wrong with it, for the one who wrote it; <c>null</c> for nothing.</summary>
    public string? Problem() => Kind == TextMatchKind.Regex ? TextMatcher.Problem(Value) : null;
}

/// <summary>How a text is compared.</summary>
public enum TextMatchKind
{
    /// <summary>Equal, in case too. <c>exact</c></summary>
    Exact,
    /// <summary>Begins with it. <c>prefix</c></summary>
    Prefix,
    /// <summary>Ends with it. <c>suffix</c></summary>
    Suffix,
    /// <summary>The whole text matches the expression, as RE2's full match does in Envoy. <c>regex</c></summary>
    Regex,
    /// <summary>Is there, whatever it is. <c>present</c></summary>
    Present,
    /// <summary>Is not there. <c>absent</c></summary>
    Absent,
}

/// <summary>What a path is compared with.</summary>
/// <param name="Kind">How.</param>
/// <param name="Value">The path, prefix, expression or template.</param>
public sealed record PathMatch(PathMatchKind Kind, string Value)
{
    /// <summary>What is wrong with it, for the one who wrote it; <c>null</c> for nothing.</summary>
    public string? Problem() => Kind switch
    {
        PathMatchKind.Regex => TextMatcher.Problem(Value),
        PathMatchKind.Template => PathTemplate.Problem(Value),
        _ => Value.StartsWith('/') ? null : $"'{Value}' is not a path; a path begins with '/'.",
    };
}

/// <summary>How a path is compared.</summary>
public enum PathMatchKind
{
    /// <summary>Equal, in case too. <c>exact</c></summary>
    Exact,
    /// <summary>Begins with it, element by element: <c>/v2</c> takes <c>/v2/cart</c> but not <c>/v2example</c>. <c>prefix</c></summary>
    Prefix,
    /// <summary>The whole path matches the expression. <c>regex</c></summary>
    Regex,
    /// <summary>Matches a template: <c>{*}</c> or <c>{name}</c> is one element, <c>{**}</c> the rest, as in Istio's path templates. <c>template</c></summary>
    Template,
}
