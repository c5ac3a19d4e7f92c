using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Scenarios.Running.Live;

/// <summary>The certificate authority of a live world, which lives as long as the world; none where the scenario's network has no mutual TLS.</summary>
internal sealed class LiveIdentities
{
    private readonly CertificateAuthority? _authority;

    /// <summary>An authority for one world.</summary>
    /// <param name="mutualTls">Whether sidecars have certificates.</param>
    /// <param name="time">The world's time.</param>
    public LiveIdentities(bool mutualTls, TimeProvider time)
    {
        if (mutualTls) _authority = CertificateAuthority.New(new CertificateAuthorityOptions(), time);
    }

    /// <summary>The way of a sidecar with this identity to the authority; <c>null</c> where there is no mutual TLS.</summary>
    public IIdentityIssuer? IssuerFor(string identity) => _authority is null ? null : new LocalIssuer(_authority, SpiffeId.Parse(identity));
}

/// <summary>What sidecars of a live world are.</summary>
internal static class WorkloadIdentities
{
    /// <summary>An identity that has its first certificate, and renews it. Whoever asked for it ends it.</summary>
    /// <param name="issuer">The authority.</param>
    /// <param name="time">The world's time.</param>
    /// <param name="seed">The seed of when it is renewed; each sidecar has its own.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<WorkloadIdentity> IssuedAsync(IIdentityIssuer issuer, TimeProvider time, ulong seed, CancellationToken cancellation)
    {
        var identity = new WorkloadIdentity(issuer, time, new KeyedRandom(seed));
        identity.Start();
        try
        {
            await identity.Ready.WaitAsync(cancellation).ConfigureAwait(false);
            return identity;
        }
        catch
        {
            await identity.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
