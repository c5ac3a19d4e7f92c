using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Security;

/// <summary>
/// Istio's authorization decision: CUSTOM, then DENY, then ALLOW; AUDIT only notes. Without an ALLOW policy all pass that were not refused before;
/// with one, only what it matches. Allocates nothing.
/// </summary>
internal sealed class Authorizer
{
    private readonly AuthorizationMatcher[] _custom;
    private readonly AuthorizationMatcher[] _customAllows;
    private readonly AuthorizationMatcher[] _deny;
    private readonly AuthorizationMatcher[]? _allow;
    private readonly AuthorizationMatcher[] _audit;

    private Authorizer(AuthorizationConfig config)
    {
        _custom = Ready(config.Custom) ?? [];
        _customAllows = Ready(config.CustomAllows) ?? [];
        _deny = Ready(config.Deny) ?? [];
        _allow = Ready(config.Allow);
        _audit = Ready(config.Audit) ?? [];
    }

    /// <summary>The decision for a service's policy; <c>null</c> where nothing was said.</summary>
    public static Authorizer? From(AuthorizationConfig? config) => config is null ? null : new Authorizer(config);

    /// <summary>Whether a request may pass.</summary>
    /// <param name="request">The request; its <see cref="MeshRequest.CallerIdentity"/> is what the peer has proved to be.</param>
    /// <param name="token">Its token, where the JWT rules found it valid; <c>null</c> otherwise.</param>
    /// <param name="external">The external authorizer that CUSTOM rules ask: whether the request may pass. Without one <see cref="AuthorizationConfig.CustomAllows"/> stands for it.</param>
    public AuthorizationVerdict Decide(MeshRequest request, JwtToken? token, Func<MeshRequest, bool>? external = null)
    {
        var input = new AuthorizationInput(request, token);
        if (Any(_custom, input) && !(external?.Invoke(request) ?? Any(_customAllows, input))) return AuthorizationVerdict.RefusedByCustom;
        if (Any(_deny, input)) return AuthorizationVerdict.Denied;
        return _allow is null || Any(_allow, input) ? AuthorizationVerdict.Allowed : AuthorizationVerdict.NotAllowed;
    }

    /// <summary>Whether there are AUDIT rules.</summary>
    public bool Audits => _audit.Length > 0;

    /// <summary>Whether an AUDIT rule matches.</summary>
    public bool IsAudited(MeshRequest request, JwtToken? token) => Any(_audit, new AuthorizationInput(request, token));

    private static AuthorizationMatcher[]? Ready(IReadOnlyList<AuthorizationRule>? rules) =>
        rules is null ? null : [.. rules.Select(rule => new AuthorizationMatcher(rule))];

    private static bool Any(AuthorizationMatcher[] rules, in AuthorizationInput input)
    {
        foreach (var rule in rules)
            if (rule.Matches(input)) return true;
        return false;
    }
}

/// <summary>What authorization goes by: a request, its token where that is valid, and the caller's identity.</summary>
internal readonly ref struct AuthorizationInput(MeshRequest request, JwtToken? token)
{
    public MeshRequest Request { get; } = request;

    public JwtToken? Token { get; } = token;

    public IdentityParts Caller { get; } = new(request.CallerIdentity);

    public System.Net.IPAddress? RemoteAddress => Request.RemoteAddress ?? Request.PeerAddress;
}

/// <summary>What authorization decided.</summary>
internal enum AuthorizationVerdict
{
    /// <summary>The request passes.</summary>
    Allowed,
    /// <summary>The external authorizer refused it.</summary>
    RefusedByCustom,
    /// <summary>A DENY rule matched.</summary>
    Denied,
    /// <summary>There are ALLOW rules, and none matched.</summary>
    NotAllowed,
}
