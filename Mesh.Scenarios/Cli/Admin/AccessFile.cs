using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.ControlPlane.Admin;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Language.Shapes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary>The file that says who may come to the admin API. Paths in it are relative to it.</summary>
internal sealed record AccessFile
{
    private static readonly Shape<string> Role = new ScalarShape<string>("a role", """{"enum": ["viewer", "operator", "chaos"]}""",
        (string text, out string value) => AdminRoles.All.Contains(value = text) ? null : $"'{text}' is no role.{Suggest.From(text, [.. AdminRoles.All], "Roles")}");

    private static readonly Shape<IReadOnlyDictionary<string, IReadOnlyList<string>>> Roles =
        new TableShape<IReadOnlyList<string>>("roles by name, such as {ann: [viewer, chaos]}", Values.Text, new ListShape<string>("a list of roles, such as [viewer]", Role))
            .Then<IReadOnlyDictionary<string, IReadOnlyList<string>>>((roles, _, _) => roles);

    private static readonly Section<TlsPart> TlsSection = new("adminTls", "TLS such as {certificate: admin.pem, key: admin.key}", () => new TlsPart())
    {
        { "certificate", Values.Text, (tls, value) => tls with { Certificate = value }, "PEM: the server's certificate.", Presence.Required },
        { "key", Values.Text, (tls, value) => tls with { Key = value }, "PEM: its key.", Presence.Required },
    };

    private static readonly Section<ClientsPart> ClientsSection = new("adminClients", "clients such as {authority: clients.pem, roles: {ann: [viewer]}}", () => new ClientsPart())
    {
        { "authority", Values.Text, (clients, value) => clients with { Authority = value }, "PEM: the certificates that those of clients must come from.", Presence.Required },
        { "roles", Roles, (clients, value) => clients with { Roles = value }, "Roles by SPIFFE identity or common name.", Presence.Required },
    };

    private static readonly Section<TokensPart> TokensSection = new("adminTokens", "an issuer of tokens such as {issuer: https://id.example, audience: meshlab, jwks: https://id.example/keys}", () => new TokensPart())
    {
        { "issuer", Values.Text, (tokens, value) => tokens with { Issuer = value }, "The issuer (iss).", Presence.Required },
        { "audience", Values.Text, (tokens, value) => tokens with { Audience = value }, "Whom tokens must be for (aud).", Presence.Required },
        { "jwks", Values.Text, (tokens, value) => tokens with { Jwks = value }, "The issuer's public keys: a file, or an http or https address.", Presence.Required },
        { "rolesClaim", Values.Text, (tokens, value) => tokens with { RolesClaim = value }, "The claim that lists roles. Default roles." },
        { "roles", Roles, (tokens, value) => tokens with { Roles = value }, "Further roles by subject. Default none." },
    };

    private static readonly Section<AccessFile> Root = new("adminAccess", "who may come, such as {tls: …, clients: …}", () => new AccessFile())
    {
        { "tls", TlsSection, (access, value) => access with { Tls = value }, "The server's certificate." },
        { "clients", ClientsSection, (access, value) => access with { Clients = value }, "Who may come with a client certificate." },
        { "tokens", TokensSection, (access, value) => access with { Tokens = value }, "Who may come with an issuer's token." },
    };

    private X509Certificate2? Certificate { get; init; }

    private X509Certificate2[] Authority { get; init; } = [];

    private TlsPart? Tls { get; init; }

    private ClientsPart? Clients { get; init; }

    private TokensPart? Tokens { get; init; }

    private string Folder { get; init; } = ".";

    /// <summary>The file, with the certificates that it names, or <c>null</c> after telling what is wrong.</summary>
    public static AccessFile? Read(string file, Problems problems)
    {
        if (YamlFile.ReadText(file, problems) is not { } text || YamlTree.Parse(text, file, problems) is not { } root) return null;
        root.Locate("");
        if (!Root.TryRead(root, new Reading(problems, new SourceMap(new Place(file))), out var access) || problems.HasErrors) return null;
        access = access with { Folder = Path.GetDirectoryName(Path.GetFullPath(file))! };
        if (access.Tls is { } tls) access = access with { Certificate = Loaded(() => X509Certificate2.CreateFromPemFile(access.Full(tls.Certificate), access.Full(tls.Key)), tls.Certificate) };
        if (access.Clients is { } clients) access = access with { Authority = Loaded(() => Certificates(access.Full(clients.Authority)), clients.Authority) ?? [] };
        return problems.HasErrors ? null : access;

        T? Loaded<T>(Func<T> load, string name) where T : class
        {
            try
            {
                return load();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
            {
                problems.Error(new Place(file), "", $"'{name}' cannot be used: {(error is CryptographicException ? "it is not the PEM that is needed here" : error.Message)}");
                return null;
            }
        }
    }

    /// <summary>The options with what the file says.</summary>
    public AdminOptions Over(AdminOptions options) => options with
    {
        Certificate = Certificate,
        Clients = Clients is { } clients ? new AdminClients(Authority, clients.Roles) : null,
        Tokens = Tokens is { } tokens ? new AdminTokens(RuleOf(tokens)) { RolesClaim = tokens.RolesClaim, Roles = tokens.Roles } : null,
    };

    private JwtRule RuleOf(TokensPart tokens)
    {
        bool isAddress = tokens.Jwks.StartsWith("http://", StringComparison.Ordinal) || tokens.Jwks.StartsWith("https://", StringComparison.Ordinal);
        return new JwtRule { Issuer = tokens.Issuer, Audiences = [tokens.Audience], JwksUri = isAddress ? tokens.Jwks : null, Jwks = isAddress ? null : Full(tokens.Jwks) };
    }

    private static X509Certificate2[] Certificates(string file)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(file);
        return certificates.Count > 0 ? [.. certificates] : throw new CryptographicException();
    }

    private string Full(string path) => Path.Combine(Folder, path);

    internal sealed record TlsPart
    {
        public string Certificate { get; init; } = "";

        public string Key { get; init; } = "";
    }

    internal sealed record ClientsPart
    {
        public string Authority { get; init; } = "";

        public IReadOnlyDictionary<string, IReadOnlyList<string>> Roles { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
    }

    internal sealed record TokensPart
    {
        public string Issuer { get; init; } = "";

        public string Audience { get; init; } = "";

        public string Jwks { get; init; } = "";

        public string RolesClaim { get; init; } = "roles";

        public IReadOnlyDictionary<string, IReadOnlyList<string>> Roles { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
    }
}
