using Mesh.Runtime.Security.Identities;

namespace Mesh.Scenarios.Running.Live;

/// <summary>The certificates of a live world's sidecars; none where the scenario's network has no mutual TLS.</summary>
internal sealed class LiveIdentities : IAsyncDisposable
{
    public Task<WorkloadIdentity?> OfAsync(string identity, CancellationToken cancellation) => Task.FromResult<WorkloadIdentity?>(null);

    public ValueTask DisposeAsync() => default;
}
