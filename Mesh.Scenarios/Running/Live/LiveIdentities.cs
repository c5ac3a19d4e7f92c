using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Scenarios.Running.Live;

/// <summary>The certificates of a live world's sidecars, from an authority that lives as long as the world; none where the scenario's network has no mutual TLS.</summary>
internal sealed class LiveIdentities : IAsyncDisposable
{
    private readonly CertificateAuthority? _authority;
    private readonly TimeProvider _time;
    private readonly ulong _seed;
    private readonly List<WorkloadIdentity> _issued = [];
    private readonly Lock _lock = new();

    /// <summary>Certificates for one world.</summary>
    /// <param name="mutualTls">Whether sidecars have any.</param>
    /// <param name="seed">The seed of when they are renewed.</param>
    /// <param name="time">The world's time.</param>
    public LiveIdentities(bool mutualTls, ulong seed, TimeProvider time)
    {
        (_seed, _time) = (seed, time);
        if (mutualTls) _authority = CertificateAuthority.New(new CertificateAuthorityOptions(), time);
    }

    /// <summary>A sidecar's certificate, which renews itself; <c>null</c> where there is no mutual TLS.</summary>
    public async Task<WorkloadIdentity?> OfAsync(string identity, CancellationToken cancellation)
    {
        if (_authority is null) return null;
        WorkloadIdentity issued;
        lock (_lock)
        {
            issued = new WorkloadIdentity(new LocalIssuer(_authority, SpiffeId.Parse(identity)), _time, new KeyedRandom(_seed + (ulong)_issued.Count));
            _issued.Add(issued);
        }
        issued.Start();
        await issued.Ready.WaitAsync(cancellation).ConfigureAwait(false);
        return issued;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var issued in _issued) await issued.DisposeAsync().ConfigureAwait(false);
    }
}
