using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Mesh.Runtime.ControlPlane.Certificates;

namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>The bearer token of a machine's own people and programs: 256 random bits in a file of mode 0600. It has no text.</summary>
public sealed class AdminToken
{
    /// <summary>The file's name within the state directory.</summary>
    public const string FileName = "admin.token";

    private const int Bytes = 32;
    private readonly byte[] _hash;

    private AdminToken(string token) => _hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>The token in a file, which is made where there is none.</summary>
    /// <exception cref="Mesh.Runtime.Security.Identities.IdentityException">Others may read the file.</exception>
    internal static AdminToken Open(string path)
    {
        if (PrivateFiles.Read(path) is { } content && Encoding.UTF8.GetString(content).Trim() is { Length: > 0 } known) return new AdminToken(known);
        string token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));
        PrivateFiles.Write(path, Encoding.UTF8.GetBytes(token + "\n"));
        return new AdminToken(token);
    }

    /// <summary>Whether it is this token. How long that takes does not tell how much of it is right.</summary>
    internal bool Is(string token) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(token)), _hash);
}
