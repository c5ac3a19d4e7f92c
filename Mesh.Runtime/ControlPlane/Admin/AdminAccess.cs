using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security;
using Mesh.Runtime.Security.Tokens;
using Mesh.Runtime.Sidecar;

namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>Who comes, and with which roles: by the machine's token, an issuer's token, or a client certificate.</summary>
internal sealed class AdminAccess : IDisposable
{
    private const string CommonName = "2.5.4.3";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const int LongestToken = 16 * 1024;

    private readonly AdminOptions _options;
    private readonly AdminToken? _token;
    private readonly LiveTime _time;
    private readonly JwtVerifier? _verifier;
    private readonly JwtAuthenticator? _authenticator;

    public AdminAccess(AdminOptions options, LiveTime time)
    {
        (_options, _time) = (options, time);
        if (options.TokenFile is { } file && System.Net.IPAddress.IsLoopback(options.Listen.Address)) _token = AdminToken.Open(file);
        if (options.Tokens is not { } tokens) return;
        _verifier = new JwtVerifier([tokens.Rule], time);
        _authenticator = JwtAuthenticator.From([tokens.Rule]);
    }

    /// <summary>Who shows this bearer token.</summary>
    /// <param name="token">What stands behind <c>Bearer</c>.</param>
    /// <param name="user">Who the machine's token is used by, as the caller says; it is believed, for who has the token may do everything.</param>
    /// <param name="cancellation">Gives up waiting for an issuer's keys.</param>
    public async ValueTask<AdminIdentity> ByTokenAsync(string token, string? user, CancellationToken cancellation)
    {
        if (token.Length > LongestToken) return AdminIdentity.Nobody("the token is too long");
        if (_token is not null && _token.Is(token)) return new AdminIdentity(user is null ? "token" : $"{user} (token)", AdminRoles.All, null);
        if (_verifier is null) return AdminIdentity.Nobody("the token is not this control plane's");
        var parsed = await _verifier.VerifyAsync(token, TokenPlace.Authorization, cancellation).ConfigureAwait(false);
        var verdict = _authenticator!.Judge(parsed, _time.GetTimestamp());
        if (verdict != JwtVerdict.Valid) return AdminIdentity.Nobody(Reason(verdict));
        if (parsed.Expires == long.MaxValue) return AdminIdentity.Nobody("the token never expires, which is not taken here");
        var tokens = _options.Tokens!;
        var claimed = parsed.Claims.Where(claim => claim.Key == tokens.RolesClaim).SelectMany(claim => claim.Value.Split(' '));
        return new AdminIdentity(parsed.Subject, [.. claimed.Concat(tokens.Roles.GetValueOrDefault(parsed.Subject) ?? []).Intersect(AdminRoles.All)], null);
    }

    /// <summary>Who shows this client certificate.</summary>
    public AdminIdentity ByCertificate(X509Certificate2 certificate)
    {
        if (_options.Clients is not { } clients) return AdminIdentity.Nobody("client certificates are not taken here");
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(clients.Authority.ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        if (!chain.Build(certificate)) return AdminIdentity.Nobody($"the client certificate is refused: {string.Join(", ", chain.ChainStatus.Select(status => status.Status))}");
        string? uri = certificate.GetNameInfo(X509NameType.UrlName, forIssuer: false) is { Length: > 0 } url ? url : null;
        string? name = certificate.SubjectName.EnumerateRelativeDistinguishedNames().FirstOrDefault(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)?.GetSingleElementValue();
        var roles = new[] { uri, name }.OfType<string>().SelectMany(one => clients.Roles.GetValueOrDefault(one) ?? []).Distinct();
        return new AdminIdentity(uri ?? name ?? certificate.Subject, [.. roles.Intersect(AdminRoles.All)], null);
    }

    public void Dispose() => _verifier?.Dispose();

    private static string Reason(JwtVerdict verdict) => verdict switch
    {
        JwtVerdict.Expired => "the token has expired",
        JwtVerdict.NotYetValid => "the token is not valid yet",
        JwtVerdict.WrongAudience => "the token is for another audience",
        JwtVerdict.BadSignature => "the token's signature is not its issuer's",
        _ => "the token is not one that is taken here",
    };
}

/// <summary>Somebody, with roles; or nobody, with the reason.</summary>
internal sealed record AdminIdentity(string Name, IReadOnlyList<string> Roles, string? Refused)
{
    public static AdminIdentity Nobody(string why) => new("", [], why);
}
