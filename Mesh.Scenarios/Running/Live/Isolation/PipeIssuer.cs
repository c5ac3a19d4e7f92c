using Mesh.Runtime.Security.Identities;

namespace Mesh.Scenarios.Running.Live.Isolation;

/// <summary>The way of a sidecar in a process of its own to the authority, which is the runner's. It asks for a certificate for a key that it keeps to itself.</summary>
/// <param name="connection">The way to the runner.</param>
internal sealed class PipeIssuer(ChildConnection connection) : IIdentityIssuer
{
    public async Task<IssuedIdentity> IssueAsync(ReadOnlyMemory<byte> signingRequest, WorkloadCertificate? current, CancellationToken cancellation) =>
        await connection.AskAsync(new Sign(signingRequest.ToArray()), cancellation).ConfigureAwait(false) switch
        {
            Issued issued => new IssuedIdentity([.. issued.Chain.Select(certificate => (ReadOnlyMemory<byte>)certificate)], TrustBundle.FromPem(issued.TrustDomain, issued.Trust)),
            Failed failed => throw new IdentityException(failed.Why),
            var other => throw new IOException($"the runner answers with {other.GetType().Name}"),
        };
}
