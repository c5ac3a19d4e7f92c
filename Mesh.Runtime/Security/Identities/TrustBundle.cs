using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mesh.Runtime.Security.Identities;

/// <summary>The roots that a trust domain's certificates are verified against. While a root is being replaced there are two.</summary>
public sealed class TrustBundle : IEquatable<TrustBundle>
{
    private readonly X509Certificate2[] _roots;
    private readonly string _fingerprint;

    private TrustBundle(string trustDomain, IEnumerable<X509Certificate2> roots)
    {
        TrustDomain = trustDomain;
        _roots = [.. roots.DistinctBy(root => root.Thumbprint, StringComparer.Ordinal).OrderBy(root => root.GetCertHashString(HashAlgorithmName.SHA256), StringComparer.Ordinal)];
        _fingerprint = string.Join(' ', _roots.Select(root => root.GetCertHashString(HashAlgorithmName.SHA256)));
    }

    /// <summary>Whose certificates they are.</summary>
    public string TrustDomain { get; }

    /// <summary>How many roots there are.</summary>
    public int Count => _roots.Length;

    /// <summary>The roots. They belong to the bundle: nobody disposes them.</summary>
    internal IReadOnlyList<X509Certificate2> Roots => _roots;

    /// <summary>The bundle in a PEM text, such as a file <c>bundle.pem</c> has; anything in it but certificates is passed over.</summary>
    /// <exception cref="IdentityException">There is no certificate in it, or one that does not read.</exception>
    public static TrustBundle FromPem(string trustDomain, string pem)
    {
        if (SpiffeId.ProblemOfTrustDomain(trustDomain) is { } problem) throw new IdentityException($"trust bundle: {problem}");
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new IdentityException($"trust bundle of '{trustDomain}': a certificate does not read.", e);
        }
        return roots.Count > 0 ? new TrustBundle(trustDomain, roots) : throw new IdentityException($"trust bundle of '{trustDomain}': there is no certificate in it; it needs at least one root in PEM.");
    }

    /// <summary>The bundle of these roots; their private keys, if any, stay behind.</summary>
    internal static TrustBundle Of(string trustDomain, IEnumerable<X509Certificate2> roots) =>
        new(trustDomain, roots.Select(root => X509CertificateLoader.LoadCertificate(root.RawDataMemory.Span)));

    /// <summary>The roots in PEM.</summary>
    public string ToPem()
    {
        var pem = new StringBuilder();
        foreach (var root in _roots) pem.Append(root.ExportCertificatePem()).Append('\n');
        return pem.ToString();
    }

    /// <summary>Whether both trust the same roots for the same trust domain.</summary>
    public bool Equals(TrustBundle? other) => other is not null && TrustDomain == other.TrustDomain && _fingerprint == other._fingerprint;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TrustBundle);

    /// <inheritdoc/>
    public override int GetHashCode() => _roots.Length;

    /// <summary>The trust domain and the roots' fingerprints.</summary>
    public override string ToString() => $"{TrustDomain}: {_fingerprint}";
}
