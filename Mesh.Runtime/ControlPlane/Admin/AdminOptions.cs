using System.Net;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>Where the admin API listens, and whom it lets in.</summary>
public sealed record AdminOptions
{
    /// <summary>The port where nobody names another.</summary>
    public const int DefaultPort = 15010;

    /// <summary>Where it listens; port 0 is a free one. Default 127.0.0.1:15010. Beyond loopback it wants TLS, and client certificates or tokens of an issuer.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, DefaultPort);

    /// <summary>
    /// The file of a bearer token that may do everything, made at the first start; <c>null</c> for none. It is taken on loopback only: who can read the file is on this machine.
    /// </summary>
    public string? TokenFile { get; init; }

    /// <summary>The server's certificate with its key; <c>null</c> for plain HTTP, which is for loopback.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Who may come with a client certificate; <c>null</c> for nobody.</summary>
    public AdminClients? Clients { get; init; }

    /// <summary>Who may come with an issuer's token; <c>null</c> for nobody.</summary>
    public AdminTokens? Tokens { get; init; }

    /// <summary>The largest body of a request, in bytes. Default 1 MiB.</summary>
    public long MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>How long a request's head may take to arrive. Default 10 s.</summary>
    public TimeSpan HeadTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request may take, its body included. Default 30 s.</summary>
    public TimeSpan RequestTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The most connections at once. Default 200.</summary>
    public int MaxConnections { get; init; } = 200;

    /// <summary>Everything that is wrong with them, in words; empty where nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        bool isLocal = IPAddress.IsLoopback(Listen.Address);
        if (!isLocal && Certificate is null) yield return $"the admin API would listen on {Listen} without TLS; give it a certificate, or let it listen on 127.0.0.1";
        if (!isLocal && Clients is null && Tokens is null) yield return $"the admin API would listen on {Listen}, and its token is for loopback only; say who may come: client certificates, or an issuer's tokens";
        if (isLocal && TokenFile is null && Clients is null && Tokens is null) yield return "nobody could use the admin API: it has neither a token nor anybody who may come";
        if (Clients is not null && Certificate is null) yield return "client certificates need TLS; give the admin API a certificate";
        if (Tokens is { Rule.Audiences.Count: 0 }) yield return "tokens need an audience: without one, a token that the issuer gave for anything else would do";
    }
}

/// <summary>Who may come with a client certificate.</summary>
/// <param name="Authority">The certificates that theirs must come from.</param>
/// <param name="Roles">Roles by the certificate's SPIFFE identity (or other URI), or its common name.</param>
public sealed record AdminClients(IReadOnlyList<X509Certificate2> Authority, IReadOnlyDictionary<string, IReadOnlyList<string>> Roles);

/// <summary>Who may come with an issuer's token.</summary>
/// <param name="Rule">The issuer, its keys, and the audience that a token must be for.</param>
public sealed record AdminTokens(JwtRule Rule)
{
    /// <summary>The claim that lists roles; one inside another is named by both, <c>realm.roles</c>. Default <c>roles</c>.</summary>
    public string RolesClaim { get; init; } = "roles";

    /// <summary>Further roles by subject. Default none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Roles { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}
