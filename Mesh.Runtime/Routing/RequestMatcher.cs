using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Routing;

/// <summary>One <see cref="RouteMatchConfig"/> made ready. Allocates nothing.</summary>
internal sealed class RequestMatcher
{
    private readonly TextMatcher? _authority;
    private readonly PathMatcher? _path;
    private readonly string? _method;
    private readonly (string Name, TextMatcher Value)[] _headers;
    private readonly (string Name, TextMatcher Value)[] _query;
    private readonly string? _service;
    private readonly string? _namespace;
    private readonly KeyValuePair<string, string>[] _labels;

    public RequestMatcher(RouteMatchConfig match)
    {
        _authority = match.Authority is { } authority ? new TextMatcher(authority, ignoreCase: true) : null;
        _path = match.Path is { } path ? new PathMatcher(path) : null;
        _method = match.Method;
        _headers = [.. match.Headers.Select(header => (header.Key, new TextMatcher(header.Value)))];
        _query = [.. match.Query.Select(parameter => (parameter.Key, new TextMatcher(parameter.Value)))];
        _service = match.FromService;
        _namespace = match.FromNamespace;
        _labels = [.. match.FromLabels];
        Precedence = new RoutePrecedence(
            match.Authority is { } one ? (AuthorityRank(one.Kind), one.Value.Length) : (0, 0),
            _path?.Precedence ?? (0, 0),
            _method is not null,
            _headers.Length,
            _query.Length,
            (_service is null ? 0 : 1) + (_namespace is null ? 0 : 1) + _labels.Length);
    }

    public RoutePrecedence Precedence { get; }

    /// <summary>The path's prefix that it matches; <c>null</c> where it matches the path in another way.</summary>
    public string? Prefix => _path is null ? "" : _path.Prefix;

    public bool Matches(MeshRequest request)
    {
        if (_path is not null && !_path.Matches(request.Class.Path)) return false;
        if (_method is not null && request.Method != _method) return false;
        if (_authority is not null && !_authority.Matches(request.Authority ?? request.Class.Service)) return false;
        foreach (var (name, value) in _headers)
            if (!value.Matches(Fields.Find(request.Headers, name, StringComparison.OrdinalIgnoreCase))) return false;
        foreach (var (name, value) in _query)
            if (!value.Matches(Fields.Find(request.Query, name, StringComparison.Ordinal))) return false;
        return MatchesCaller(request.Caller);
    }

    private bool MatchesCaller(CallerInfo caller)
    {
        if (_service is not null && caller.Service != _service) return false;
        if (_namespace is not null && caller.Namespace != _namespace) return false;
        foreach (var (name, value) in _labels)
            if (Fields.Find(caller.Labels, name, StringComparison.Ordinal) != value) return false;
        return true;
    }

    private static int AuthorityRank(TextMatchKind kind) => kind switch
    {
        TextMatchKind.Exact => 3,
        TextMatchKind.Prefix or TextMatchKind.Suffix or TextMatchKind.Regex => 2,
        _ => 1,
    };
}

/// <summary>
/// Which of two matches goes first where both match (Gateway API): the more exact authority, the exact path, the longest prefix, a method,
/// more headers, more query parameters; then, beyond Gateway API, more about the caller; then the file's order.
/// </summary>
internal readonly record struct RoutePrecedence(
    (int Kind, int Length) Authority, (int Kind, int Length) Path, bool Method, int Headers, int Query, int Caller) : IComparable<RoutePrecedence>
{
    /// <summary>Negative when this one goes first.</summary>
    public int CompareTo(RoutePrecedence other) =>
        (other.Authority, other.Path, other.Method, other.Headers, other.Query, other.Caller)
            .CompareTo((Authority, Path, Method, Headers, Query, Caller));
}
