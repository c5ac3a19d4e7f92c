using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>Reads a signer from PEM texts, and says everything that is wrong with them.</summary>
internal static class SignerPem
{
    /// <summary>The signer in these texts.</summary>
    /// <param name="certificates">The certificate that signs, those above it, and last the root.</param>
    /// <param name="key">The first one's private key.</param>
    /// <param name="rootKey">The root's private key, or <c>null</c>.</param>
    /// <param name="since">From when on the root is in the trust bundle.</param>
    /// <param name="now">The time at which it has to be usable.</param>
    /// <exception cref="IdentityException">It is none. The message has all problems, and nothing of a key.</exception>
    public static Signer Read(string certificates, string key, string? rootKey, DateTimeOffset since, DateTimeOffset now)
    {
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(certificates);
        }
        catch (CryptographicException)
        {
            throw new IdentityException("the authority's certificates: one does not read as PEM.");
        }
        if (chain.Count == 0) throw new IdentityException("the authority's certificates: there is none; write the one that signs first and the root last, in PEM.");
        var problems = Problems(chain, now).ToList();
        var issuer = TryWithKey(chain[0], key, "signing", problems);
        var root = chain[^1];
        var rootWithKey = rootKey is null ? null : TryWithKey(root, rootKey, "root", problems);
        if (problems.Count > 0) throw new IdentityException($"the authority's certificates: {string.Join(' ', problems)}");
        X509Certificate2[] sent = chain.Count == 1 ? [] : [issuer!, .. chain.Skip(1).SkipLast(1)];
        return new Signer(issuer!, sent, root, rootWithKey, since);
    }

    private static IEnumerable<string> Problems(X509Certificate2Collection chain, DateTimeOffset now)
    {
        foreach (var certificate in chain)
        {
            string name = certificate.Subject;
            if (!certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority)) yield return $"'{name}' may not sign others; it needs basic constraints CA:TRUE.";
            if (certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } usage && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign)) yield return $"'{name}' may not sign others; its key usage needs keyCertSign.";
            if (certificate.NotAfter < now) yield return $"'{name}' expired at {certificate.NotAfter.ToUniversalTime():u}.";
            if (certificate.NotBefore > now) yield return $"'{name}' begins to hold at {certificate.NotBefore.ToUniversalTime():u} only.";
        }
        var root = chain[^1];
        if (!root.SubjectName.RawData.AsSpan().SequenceEqual(root.IssuerName.RawData)) yield return $"the last, '{root.Subject}', is no root: it is signed by '{root.Issuer}'; add that.";
        else if (!Leads(chain, now)) yield return "they do not lead from the first to the last; write the one that signs first, then the one above it, and the root last.";
    }

    private static bool Leads(X509Certificate2Collection certificates, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;   // told on its own
        chain.ChainPolicy.CustomTrustStore.Add(certificates[^1]);
        chain.ChainPolicy.ExtraStore.AddRange(certificates);
        return chain.Build(certificates[0]) && chain.ChainElements.Count == certificates.Count;
    }

    private static X509Certificate2? TryWithKey(X509Certificate2 certificate, string key, string which, List<string> problems)
    {
        try
        {
            return X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            problems.Add($"the {which} key does not read, or is not that of '{certificate.Subject}'; it needs to be an unencrypted ECDSA or RSA key in PEM.");
            return null;
        }
    }
}
