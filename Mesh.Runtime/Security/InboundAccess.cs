using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Security;

/// <summary>Whether the callee's sidecar lets a request in, by who sends it: its token first, then authorization.</summary>
internal sealed class InboundAccess
{
    private readonly JwtAuthenticator? _jwt;
    private readonly Authorizer? _authorizer;
    private readonly Func<MeshRequest, bool>? _external;

    private InboundAccess(JwtAuthenticator? jwt, Authorizer? authorizer, Func<MeshRequest, bool>? external) =>
        (_jwt, _authorizer, _external) = (jwt, authorizer, external);

    /// <summary>The decision for a service's policy; <c>null</c> where everybody may call.</summary>
    /// <param name="config">The policy.</param>
    /// <param name="external">The external authorizer, if there is one.</param>
    public static InboundAccess? From(PolicyConfig config, Func<MeshRequest, bool>? external)
    {
        var (jwt, authorizer) = (JwtAuthenticator.From(config.Jwt), Authorizer.From(config.Authorization));
        return jwt is null && authorizer is null ? null : new InboundAccess(jwt, authorizer, external);
    }

    /// <summary>Whether an AUDIT rule matches; a token that the rules refuse is none.</summary>
    public bool Audits(MeshRequest request, long now) =>
        _authorizer is { Audits: true } && _authorizer.IsAudited(request, _jwt?.Judge(request.Token, now) == JwtVerdict.Valid ? request.Token : null);

    /// <summary>Whether a request may pass; if not, what it is answered. The flag <c>UAEX</c> marks both kinds of refusal (Envoy's RBAC filter sets none).</summary>
    public bool Allows(MeshRequest request, long now, out UpstreamReply refusal)
    {
        var verdict = _jwt?.Judge(request.Token, now) ?? JwtVerdict.Missing;
        int status = verdict.Status();
        if (status == 0 && _authorizer is not null)
        {
            var token = verdict == JwtVerdict.Valid ? request.Token : null;   // what no rule has judged is no token
            if (_authorizer.Decide(request, token, _external) != AuthorizationVerdict.Allowed) status = 403;
        }
        refusal = status == 0 ? default : new UpstreamReply(status, ResponseFlags.UAEX, 0, Complete: true);
        return status == 0;
    }
}
