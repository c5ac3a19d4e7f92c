using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>Asks <see cref="AdminAccess"/> who comes: a token goes before a certificate, and one that is refused is not made good by a certificate.</summary>
internal sealed partial class AdminAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AdminAccess access)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "meshlab";

    /// <summary>Why somebody was refused, for the audit log.</summary>
    public const string RefusedKey = "meshlab.refused";

    /// <summary>Who uses the machine's token.</summary>
    public const string UserHeader = "x-meshlab-user";

    private const string Bearer = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string? header = Request.Headers.Authorization;
        AdminIdentity who;
        if (header is not null)
        {
            if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) return Refuse("the header 'authorization' holds no bearer token");
            who = await access.ByTokenAsync(header[Bearer.Length..].Trim(), User(), Context.RequestAborted).ConfigureAwait(false);
        }
        else if (await Context.Connection.GetClientCertificateAsync(Context.RequestAborted).ConfigureAwait(false) is { } certificate)
        {
            who = access.ByCertificate(certificate);
        }
        else
        {
            return AuthenticateResult.NoResult();
        }
        if (who.Refused is { } why) return Refuse(why);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, who.Name), .. who.Roles.Select(role => new Claim(ClaimTypes.Role, role))], Scheme.Name);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }

    private AuthenticateResult Refuse(string why)
    {
        Context.Items[RefusedKey] = why;
        return AuthenticateResult.Fail(why);
    }

    private string? User() => Request.Headers[UserHeader] is [{ } user] && PlainName().IsMatch(user) ? user : null;

    [GeneratedRegex(@"^[A-Za-z0-9._@-]{1,64}\z")]
    private static partial Regex PlainName();
}
