namespace Mesh.Runtime.Security;

/// <summary>The parts of a caller's identity, <c>spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT</c>, as slices of its text; all are empty where the text is no such identity.</summary>
internal readonly ref struct IdentityParts
{
    private const string Scheme = "spiffe://";

    public IdentityParts(ReadOnlySpan<char> identity)
    {
        if (!identity.StartsWith(Scheme, StringComparison.Ordinal)) return;
        Principal = identity[Scheme.Length..];
        int slash = Principal.IndexOf('/');
        if (slash < 0) return;
        TrustDomain = Principal[..slash];
        var rest = Principal[slash..];
        if (!rest.StartsWith("/ns/", StringComparison.Ordinal)) return;
        rest = rest["/ns/".Length..];
        int end = rest.IndexOf("/sa/", StringComparison.Ordinal);
        if (end < 0) return;
        Namespace = rest[..end];
    }

    /// <summary>The identity without its scheme, as Istio's policies write it.</summary>
    public ReadOnlySpan<char> Principal { get; }

    public ReadOnlySpan<char> TrustDomain { get; }

    public ReadOnlySpan<char> Namespace { get; }
}
