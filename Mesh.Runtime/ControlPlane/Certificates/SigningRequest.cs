using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>A request for a certificate (PKCS #10), of which the authority takes the public key and nothing else: names, usages and extensions asked for are not even read.</summary>
internal static class SigningRequest
{
    private const int LongestRequest = 16 * 1024;
    private const int SmallestRsaKey = 2048;

    /// <summary>The key that the request is signed with.</summary>
    /// <exception cref="IdentityException">It does not read, its signature is not by its key, or the key is too weak.</exception>
    public static PublicKey PublicKeyOf(ReadOnlySpan<byte> request)
    {
        if (request.Length > LongestRequest) throw new IdentityException($"the signing request has {request.Length} bytes; the most is {LongestRequest}.");
        var key = Verified(request);
        return ProblemOf(key) is { } problem ? throw new IdentityException($"the signing request's key: {problem}") : key;
    }

    /// <summary>A name for a key that tells nothing of it: SHA-256 of its SubjectPublicKeyInfo, in hexadecimal.</summary>
    public static string Fingerprint(PublicKey key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    private static PublicKey Verified(ReadOnlySpan<byte> request)
    {
        try
        {
            // Loading verifies the signature.
            var loaded = CertificateRequest.LoadSigningRequest(request, HashAlgorithmName.SHA256, out int read);
            return read == request.Length ? loaded.PublicKey : throw new IdentityException("the signing request has bytes after its end.");
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException or ArgumentException)
        {
            throw new IdentityException("the signing request does not read, or is not signed by the key in it; it needs to be PKCS #10 in DER.", e);
        }
    }

    private static string? ProblemOf(PublicKey key)
    {
        try
        {
            using var ecdsa = key.GetECDsaPublicKey();
            if (ecdsa is not null) return ecdsa.KeySize >= 256 ? null : $"an elliptic curve of {ecdsa.KeySize} bits; the least is 256.";
            using var rsa = key.GetRSAPublicKey();
            if (rsa is not null) return rsa.KeySize >= SmallestRsaKey ? null : $"RSA of {rsa.KeySize} bits; the least is {SmallestRsaKey}.";
            return "neither ECDSA nor RSA.";
        }
        catch (CryptographicException)
        {
            return "it does not read.";
        }
    }
}
