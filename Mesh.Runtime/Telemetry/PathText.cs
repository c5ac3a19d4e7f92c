namespace Mesh.Runtime.Telemetry;

/// <summary>Paths as telemetry may show them: values of parameters that carry secrets are struck out.</summary>
internal static class PathText
{
    private const string Struck = "REDACTED";

    private static readonly HashSet<string> SecretParameters = new(StringComparer.OrdinalIgnoreCase)
    {
        "access_token", "id_token", "refresh_token", "token", "jwt", "api_key", "apikey", "key", "secret", "client_secret", "password", "passwd", "pwd",
        "code", "sig", "signature", "x-amz-signature", "x-amz-credential", "x-amz-security-token", "session", "sessionid",
    };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> IsSecret = SecretParameters.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The path before <c>?</c>.</summary>
    public static string? WithoutQuery(string? path)
    {
        int query = path?.IndexOf('?') ?? -1;
        return query < 0 ? path : path![..query];
    }

    /// <summary>The path with its query, whose secrets are <c>REDACTED</c>. The same string where there is none.</summary>
    public static string? Safe(string? path)
    {
        int query = path?.IndexOf('?') ?? -1;
        if (query < 0) return path;
        var text = path.AsSpan(query + 1);
        bool any = false;
        foreach (var parameter in text.SplitAny('&', ';')) any |= HasSecret(text[parameter]);
        if (!any) return path;
        return $"{path![..(query + 1)]}{string.Join('&', path[(query + 1)..].Split('&', ';').Select(parameter => HasSecret(parameter) ? $"{parameter[..parameter.IndexOf('=')]}={Struck}" : parameter))}";
    }

    private static bool HasSecret(ReadOnlySpan<char> parameter)
    {
        int equals = parameter.IndexOf('=');
        if (equals <= 0) return false;
        var name = parameter[..equals];
        return IsSecret.Contains(name) || (name.Contains('%') && SecretParameters.Contains(Uri.UnescapeDataString(name.ToString())));
    }
}
