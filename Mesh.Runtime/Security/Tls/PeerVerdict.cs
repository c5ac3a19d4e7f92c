using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.Security.Tls;

/// <summary>Why a connection was not let through. Few, so that they may label a metric.</summary>
public enum TlsRefusal
{
    /// <summary>It was let through.</summary>
    None,
    /// <summary>The peer showed no certificate.</summary>
    NoCertificate,
    /// <summary>The peer's certificate does not lead to a root of the trust bundle.</summary>
    Untrusted,
    /// <summary>A certificate's time is over.</summary>
    Expired,
    /// <summary>A certificate's time has not begun.</summary>
    NotYetValid,
    /// <summary>The certificate is not for this end of a TLS connection.</summary>
    WrongUsage,
    /// <summary>The certificate does not have exactly one identity.</summary>
    NoIdentity,
    /// <summary>The identity belongs to another trust domain.</summary>
    OtherTrustDomain,
    /// <summary>The peer is somebody else than the endpoint's identity says.</summary>
    UnexpectedIdentity,
    /// <summary>Plain text where only mutual TLS is taken.</summary>
    PlainText,
    /// <summary>The peer offers only TLS before 1.2.</summary>
    OldProtocol,
    /// <summary>This side has no certificate yet.</summary>
    NotReady,
    /// <summary>The peer was silent, or the handshake took too long.</summary>
    TooSlow,
    /// <summary>The handshake failed for a reason that the peer or the platform knows.</summary>
    HandshakeFailed,
}

/// <summary>What verification says of a peer.</summary>
/// <param name="Peer">Who it is; <c>null</c> where it is refused.</param>
/// <param name="Refusal">Why it is refused.</param>
/// <param name="Detail">The refusal for a log.</param>
internal readonly record struct PeerVerdict(SpiffeId? Peer, TlsRefusal Refusal, string Detail)
{
    public static PeerVerdict Accepted(SpiffeId peer) => new(peer, TlsRefusal.None, "");

    public static PeerVerdict Refused(TlsRefusal why, string detail) => new(null, why, detail);
}
