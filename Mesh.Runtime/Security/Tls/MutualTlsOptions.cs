using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.Security.Tls;

/// <summary>How a listener takes connections.</summary>
internal sealed record MutualTlsOptions
{
    /// <summary>Who the sidecar is.</summary>
    public required WorkloadIdentity Identity { get; init; }

    /// <summary>The mode, asked anew for every connection: a policy may change it.</summary>
    public required Func<MutualTlsMode> Mode { get; init; }

    /// <summary>How long a handshake may take. Default 10 s (Kestrel's).</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a connection may be silent before its kind is known. Then strict closes it, and permissive takes it for plain text, whose server may be the one to speak first.
    /// Default 10 s (Linkerd's detection).
    /// </summary>
    public TimeSpan DetectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Told of every connection that was not let through. It must not throw.</summary>
    public Action<RefusedConnection>? Refused { get; init; }
}

/// <summary>A connection that was not let through.</summary>
/// <param name="From">Where it came from.</param>
/// <param name="To">Where it was taken.</param>
/// <param name="Why">Why, in one of few words.</param>
/// <param name="Detail">Why, for a log. Holds no secret.</param>
internal readonly record struct RefusedConnection(EndPoint? From, EndPoint? To, TlsRefusal Why, string Detail);
