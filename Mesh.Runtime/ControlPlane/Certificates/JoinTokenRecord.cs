using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>What is kept of a join token: never the token.</summary>
/// <param name="Id">Its public part, by which it is found.</param>
/// <param name="SecretHash">SHA-256 of its secret part.</param>
/// <param name="Identity">The identity that it is good for.</param>
/// <param name="Expires">When it ends.</param>
/// <param name="Uses">How many keys may join with it, 1 or more.</param>
/// <param name="UsedBy">Fingerprints of the keys that have.</param>
public sealed record JoinTokenRecord(string Id, ReadOnlyMemory<byte> SecretHash, SpiffeId Identity, DateTimeOffset Expires, int Uses, IReadOnlyList<string> UsedBy);

/// <summary>Where join tokens are kept. Each call is atomic, and what it reports done is durable, as far as the store is.</summary>
public interface IJoinTokenStore
{
    /// <summary>Adds a new token.</summary>
    /// <exception cref="IdentityException">There are too many.</exception>
    void Add(JoinTokenRecord record);

    /// <summary>The token with this id; <c>null</c> for none.</summary>
    JoinTokenRecord? Find(string id);

    /// <summary>Takes one of a token's uses for a key.</summary>
    /// <returns>Whether the key has one now; the same key has it again without taking another. False where the token is gone or used up.</returns>
    bool TryUse(string id, string key);

    /// <summary>Forgets a token; false where there is none.</summary>
    bool Remove(string id);

    /// <summary>Forgets all tokens whose time is over.</summary>
    /// <returns>How many there were.</returns>
    int RemoveExpired(DateTimeOffset now);
}
