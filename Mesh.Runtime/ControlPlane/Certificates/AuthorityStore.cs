using System.Text;
using System.Text.Json;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>An authority's directory: <c>authority.json</c> with its keys, for itself alone, and <c>bundle.pem</c> with the roots, for people.</summary>
internal sealed class AuthorityStore
{
    private readonly string _folder;

    public AuthorityStore(string folder)
    {
        PrivateFiles.EnsureFolder(folder);
        _folder = folder;
    }

    private string KeysPath => Path.Combine(_folder, "authority.json");

    /// <summary>What was saved last; <c>null</c> in a new directory.</summary>
    /// <exception cref="IdentityException">The file does not read. Its content is in no message.</exception>
    public AuthorityRecord? Load()
    {
        if (PrivateFiles.Read(KeysPath) is not { } content) return null;
        try
        {
            return JsonSerializer.Deserialize<AuthorityRecord>(content) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new IdentityException($"'{KeysPath}' is not an authority's file, or is damaged; restore it, or move it away to begin with a new root.");
        }
    }

    public void Save(AuthorityRecord record, TrustBundle bundle)
    {
        PrivateFiles.Write(KeysPath, JsonSerializer.SerializeToUtf8Bytes(record));
        PrivateFiles.Write(Path.Combine(_folder, "bundle.pem"), Encoding.ASCII.GetBytes(bundle.ToPem()));
    }
}
