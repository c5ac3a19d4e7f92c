using Mesh.Runtime.Security.Identities;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>The runner's answer to a sidecar that asks for a certificate.</summary>
internal static class Signing
{
    /// <summary>The certificate, or why there is none.</summary>
    /// <param name="issuer">The authority, for whom the runner knows the sidecar to be; <c>null</c> where there is none.</param>
    /// <param name="request">The signing request.</param>
    public static Message Answer(IIdentityIssuer? issuer, byte[] request)
    {
        if (issuer is null) return new Failed("this world has no mutual TLS, and no authority.");
        try
        {
            var issued = issuer.IssueAsync(request, null, CancellationToken.None).GetAwaiter().GetResult();   // the authority is in this process, and answers at once
            return new Issued([.. issued.Chain.Select(certificate => certificate.ToArray())], issued.Trust.TrustDomain, issued.Trust.ToPem());
        }
        catch (IdentityException error)
        {
            return new Failed(error.Message);
        }
    }
}
