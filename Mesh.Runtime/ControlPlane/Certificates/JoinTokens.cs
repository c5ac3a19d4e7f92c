using System.Buffers.Text;
using System.Security.Cryptography;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>
/// Tokens by which a workload that has nothing yet proves who it is, once. A token is <c>ID.SECRET</c>, 64 and 256 random bits; only a hash of the secret is kept.
/// A token's use belongs to the key that it was used with, so that an answer which was lost may be asked for again, with the same key and by nobody else.
/// </summary>
/// <param name="store">Where they are kept.</param>
/// <param name="time">The clock.</param>
public sealed class JoinTokens(IJoinTokenStore store, TimeProvider time)
{
    private const int IdBytes = 8;
    private const int SecretBytes = 32;
    private const int LongestToken = 128;

    /// <summary>A new token. It is shown here only.</summary>
    /// <param name="id">The identity that it is good for.</param>
    /// <param name="lifetime">How long, above 0.</param>
    /// <param name="uses">How many keys may join with it, 1 or more. Default 1.</param>
    /// <exception cref="IdentityException">The store is full.</exception>
    public string Issue(SpiffeId id, TimeSpan lifetime, int uses = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(uses, 1);
        var now = time.GetUtcNow();
        store.RemoveExpired(now);
        string name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        string secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        store.Add(new JoinTokenRecord(name, Hash(secret), id, now + lifetime, uses, []));
        return $"{name}.{secret}";
    }

    /// <summary>Uses a token. How long it takes does not tell how much of a secret is right.</summary>
    /// <param name="token">What the workload shows.</param>
    /// <param name="key">The fingerprint of the key that it asks a certificate for.</param>
    /// <param name="id">Whom the token names; <c>null</c> where it is not accepted.</param>
    /// <returns>What became of it. The workload should be told no more than that it was refused; the log may have the reason.</returns>
    public JoinTokenVerdict Redeem(string token, string key, out SpiffeId? id)
    {
        id = null;
        if (token.Length > LongestToken || token.Split('.') is not [var name, var secret]) return JoinTokenVerdict.Unknown;
        var record = store.Find(name);
        bool isRight = CryptographicOperations.FixedTimeEquals(Hash(secret), record is null ? new byte[SHA256.HashSizeInBytes] : record.SecretHash.Span);
        if (record is null || !isRight) return JoinTokenVerdict.Unknown;
        if (record.Expires <= time.GetUtcNow()) return JoinTokenVerdict.Expired;
        if (!store.TryUse(name, key)) return JoinTokenVerdict.UsedUp;
        id = record.Identity;
        return JoinTokenVerdict.Accepted;
    }

    /// <summary>Takes a token back, by the part before its dot; false where there is none.</summary>
    public bool Revoke(string id) => store.Remove(id);

    private static byte[] Hash(string secret) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret));
}

/// <summary>What became of a join token.</summary>
public enum JoinTokenVerdict
{
    /// <summary>It holds.</summary>
    Accepted,
    /// <summary>There is none like it.</summary>
    Unknown,
    /// <summary>Its time is over.</summary>
    Expired,
    /// <summary>Other keys have used it up.</summary>
    UsedUp,
}
