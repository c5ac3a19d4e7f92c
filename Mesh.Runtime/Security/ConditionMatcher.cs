using System.Globalization;
using Mesh.Runtime.Model;
using Mesh.Runtime.Routing;

namespace Mesh.Runtime.Security;

/// <summary>One <see cref="ConditionMatch"/> made ready.</summary>
internal sealed class ConditionMatcher
{
    private const string Headers = "request.headers";
    private const string Claims = "request.auth.claims";
    private readonly Attribute _attribute;
    private readonly string _name;
    private readonly TextPatterns _values;
    private readonly IpBlocks _blocks;

    public ConditionMatcher(ConditionMatch condition)
    {
        (_attribute, _name) = Parse(condition.Key) ?? throw new ArgumentException($"'{condition.Key}' is no attribute of a request", nameof(condition));
        bool isAddress = _attribute is Attribute.SourceIp or Attribute.RemoteIp;
        _values = new TextPatterns(isAddress ? new TextList() : condition.Values);
        _blocks = new IpBlocks(isAddress ? condition.Values : new TextList());
    }

    private enum Attribute
    {
        Header,
        Claim,
        RequestPrincipal,
        Audiences,
        Presenter,
        SourcePrincipal,
        SourceNamespace,
        SourceIp,
        RemoteIp,
        Port,
    }

    /// <summary>The attributes that conditions may name.</summary>
    public static IReadOnlyList<string> Known { get; } =
    [
        $"{Headers}[NAME]", $"{Claims}[NAME]", "request.auth.principal", "request.auth.audiences", "request.auth.presenter",
        "source.principal", "source.namespace", "source.ip", "remote.ip", "destination.port",
    ];

    /// <summary>Whether a key names an attribute.</summary>
    public static bool Knows(string key) => Parse(key) is not null;

    /// <summary>Whether a key names an address.</summary>
    public static bool IsAddress(string key) => Parse(key) is (Attribute.SourceIp or Attribute.RemoteIp, _);

    public bool Matches(in AuthorizationInput input) => _attribute switch
    {
        Attribute.Header => _values.Allow(Fields.Find(input.Request.Headers, _name, StringComparison.OrdinalIgnoreCase)),
        Attribute.Claim => _values.AllowOneOf(input.Token?.Claims ?? [], _name),
        Attribute.RequestPrincipal => _values.Allow(input.Token?.Principal),
        Attribute.Audiences => _values.AllowOneOf(input.Token?.Audiences ?? []),
        Attribute.Presenter => _values.AllowOneOf(input.Token?.Claims ?? [], "azp"),
        Attribute.SourcePrincipal => _values.Allow(input.Caller.Principal),
        Attribute.SourceNamespace => _values.Allow(input.Caller.Namespace),
        Attribute.SourceIp => _blocks.Allow(input.Request.PeerAddress),
        Attribute.RemoteIp => _blocks.Allow(input.RemoteAddress),
        _ => PortText.Allow(_values, input.Request.Port),
    };

    private static (Attribute Attribute, string Name)? Parse(string key) => key switch
    {
        "request.auth.principal" => (Attribute.RequestPrincipal, ""),
        "request.auth.audiences" => (Attribute.Audiences, ""),
        "request.auth.presenter" => (Attribute.Presenter, ""),
        "source.principal" => (Attribute.SourcePrincipal, ""),
        "source.namespace" => (Attribute.SourceNamespace, ""),
        "source.ip" => (Attribute.SourceIp, ""),
        "remote.ip" => (Attribute.RemoteIp, ""),
        "destination.port" => (Attribute.Port, ""),
        _ when Inside(key, Headers) is { } header => (Attribute.Header, header),
        _ when Inside(key, Claims) is { } claim => (Attribute.Claim, claim.Replace("][", ".", StringComparison.Ordinal)),
        _ => null,
    };

    private static string? Inside(string key, string start) =>
        key.Length > start.Length + 2 && key.StartsWith(start, StringComparison.Ordinal) && key[start.Length] == '[' && key.EndsWith(']') ? key[(start.Length + 1)..^1] : null;
}

/// <summary>A port compared as text, without making one.</summary>
internal static class PortText
{
    public static bool Allow(TextPatterns ports, int port)
    {
        if (ports.IsEmpty) return true;
        Span<char> text = stackalloc char[5];
        return port.TryFormat(text, out int length, default, CultureInfo.InvariantCulture) && ports.Allow(text[..length]);
    }
}
