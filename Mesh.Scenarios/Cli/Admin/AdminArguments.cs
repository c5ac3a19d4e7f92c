using System.CommandLine;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary>What every command that asks a control plane takes: where it is, and who asks.</summary>
internal sealed class AdminArguments
{
    private readonly Option<string> _url = new("--control-plane") { Description = $"Where the control plane's admin API is. Default: ${StatePlaces.UrlVariable}, else http://127.0.0.1:15010." };
    private readonly Option<string> _token = new("--token-file") { Description = $"The file of the token. Default: ${StatePlaces.TokenVariable}, else admin.token in the default state directory." };
    private readonly Option<string> _authority = new("--ca") { Description = "PEM: the certificates that the control plane's must come from. Default: the system's trust." };
    private readonly Option<string> _certificate = new("--client-cert") { Description = "PEM: the client certificate to come with." };
    private readonly Option<string> _key = new("--client-key") { Description = "PEM: its key." };
    private readonly Option<bool> _json = new("--json") { Description = "Prints one JSON document, and nothing else, on standard output." };

    /// <summary>Adds them to a command.</summary>
    public Command AddTo(Command command)
    {
        foreach (var option in new Option[] { _url, _token, _authority, _certificate, _key, _json }) command.Add(option);
        return command;
    }

    /// <summary>Whether JSON is wanted.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>A client for the control plane that is meant.</summary>
    /// <exception cref="InputException">A file or the address is wrong.</exception>
    public AdminClient Connect(ParseResult parsed)
    {
        string url = parsed.GetValue(_url) ?? StatePlaces.DefaultUrl;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")) throw new InputException($"'{url}' is no address of a control plane; write http://127.0.0.1:15010.");
        string? certificate = parsed.GetValue(_certificate), key = parsed.GetValue(_key);
        if (certificate is null != key is null) throw new InputException("--client-cert and --client-key belong together; give both.");
        bool mayLackToken = certificate is not null && parsed.GetValue(_token) is null;
        return new AdminClient(address, mayLackToken ? null : parsed.GetValue(_token) ?? StatePlaces.DefaultTokenFile, parsed.GetValue(_authority), certificate, key);
    }
}
