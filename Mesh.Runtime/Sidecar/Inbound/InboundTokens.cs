using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Security.Tokens;

namespace Mesh.Runtime.Sidecar.Inbound;

/// <summary>The tokens of requests, verified by the rules that the sidecar's own service has now.</summary>
/// <param name="proxy">The sidecar.</param>
internal sealed class InboundTokens(LiveProxy proxy) : IDisposable
{
    private readonly Lock _lock = new();
    private IReadOnlyList<JwtRule>? _rules;
    private JwtVerifier? _verifier;

    /// <summary>A request's token; <c>null</c> where there is none, or no rule looks for one.</summary>
    public ValueTask<JwtToken?> ReadAsync(MeshRequest request, CancellationToken cancellation) =>
        proxy.Outbound.Snapshot.Find(proxy.Entry.ServiceId)?.Policy.Config.Jwt is { Count: > 0 } rules ? VerifierOf(rules).ReadAsync(request, cancellation) : new ValueTask<JwtToken?>((JwtToken?)null);

    public void Dispose() => _verifier?.Dispose();

    /// <summary>The keys that were fetched stay with their rules; requests that wait for those of earlier rules end by themselves.</summary>
    private JwtVerifier VerifierOf(IReadOnlyList<JwtRule> rules)
    {
        lock (_lock)
        {
            if (ReferenceEquals(rules, _rules)) return _verifier!;
            _rules = rules;
            return _verifier = new JwtVerifier(rules, proxy.Node.Time);
        }
    }
}
