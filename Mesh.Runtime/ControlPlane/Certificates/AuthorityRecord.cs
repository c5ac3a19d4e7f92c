namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>What the authority keeps on disk. It holds private keys: it is never logged and has no text of its own.</summary>
internal sealed class AuthorityRecord
{
    public required string TrustDomain { get; init; }

    /// <summary>The signer that signs.</summary>
    public required SignerRecord Active { get; init; }

    /// <summary>The one that will.</summary>
    public SignerRecord? Next { get; init; }

    /// <summary>The one that did, whose certificates are still out: its root alone.</summary>
    public FormerRecord? Former { get; init; }
}

/// <summary>A signer on disk: PEM.</summary>
internal sealed class SignerRecord
{
    public required string Certificates { get; init; }

    public required string Key { get; init; }

    public string? RootKey { get; init; }

    public required DateTimeOffset Since { get; init; }
}

/// <summary>A former root on disk.</summary>
internal sealed class FormerRecord
{
    public required string Root { get; init; }

    public required DateTimeOffset NeededUntil { get; init; }
}
