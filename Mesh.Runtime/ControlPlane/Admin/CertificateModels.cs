using Mesh.Runtime.ControlPlane.Certificates;

namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>How the certificate authority stands.</summary>
/// <param name="TrustDomain">The trust domain.</param>
/// <param name="Expires">When it can sign nothing any more.</param>
/// <param name="Step">Where the replacement of the root stands.</param>
/// <param name="NextStepAt">From when on the next step harms nobody; <c>null</c> where there is none to make.</param>
/// <param name="Roots">The roots that workloads trust.</param>
public sealed record CertificatesStatus(string TrustDomain, DateTimeOffset Expires, RootRolloverStep Step, DateTimeOffset? NextStepAt, IReadOnlyList<RootLine> Roots);

/// <summary>A root.</summary>
/// <param name="Fingerprint">SHA-256 of the certificate, in hexadecimal.</param>
/// <param name="Expires">When it expires.</param>
/// <param name="Pem">The certificate.</param>
public sealed record RootLine(string Fingerprint, DateTimeOffset Expires, string Pem);

/// <summary>A join token is asked for.</summary>
public sealed record JoinTokenRequest
{
    /// <summary>The SPIFFE identity that it is good for.</summary>
    public required string Identity { get; init; }

    /// <summary>How long it lives. Default 1 h; at most 7 days.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How many keys may join with it, 1 to 10,000. Default 1.</summary>
    public int Uses { get; init; } = 1;
}

/// <summary>A join token. It is shown this once.</summary>
/// <param name="Token">The token.</param>
/// <param name="Identity">The identity that it is good for.</param>
/// <param name="Expires">When it ends.</param>
public sealed record JoinTokenAnswer(string Token, string Identity, DateTimeOffset Expires);

/// <summary>A step of the root's replacement is asked for.</summary>
public sealed record RolloverRequest
{
    /// <summary>The step.</summary>
    public required RolloverAction Step { get; init; }

    /// <summary>Also before it harms nobody. Default false.</summary>
    public bool Force { get; init; }
}

/// <summary>The steps of a root's replacement.</summary>
public enum RolloverAction
{
    /// <summary>A new root is made and trusted.</summary>
    Prepare,
    /// <summary>The new root signs.</summary>
    Activate,
    /// <summary>The old root is trusted no more.</summary>
    Retire,
}

/// <summary>A file of the desired configuration is to be replaced.</summary>
/// <param name="Name">Its name, <c>mesh.yaml</c>.</param>
/// <param name="Text">What it says from now on; <c>null</c> removes it.</param>
public sealed record ConfigurationChange(string Name, string? Text);
