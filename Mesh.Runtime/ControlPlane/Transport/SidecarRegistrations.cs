using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>
/// Sidecars as a source of discovery: the endpoint of each that is connected, and of each that lost its connection for a grace. One that says goodbye is gone at once.
/// </summary>
internal sealed class SidecarRegistrations(IDiscoverySink sink, TimeSpan grace, TimeProvider time) : IDisposable
{
    /// <summary>The source's name.</summary>
    public const string Source = "sidecars";

    private readonly Dictionary<string, Entry> _byProxy = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private bool _isSynced;

    /// <summary>A sidecar has connected.</summary>
    public void Join(string proxy, object connection, Endpoint endpoint)
    {
        lock (_lock)
        {
            string? movedFrom = null;
            if (_byProxy.Remove(proxy, out var known))
            {
                known.Timer?.Dispose();
                movedFrom = known.Endpoint.Service == endpoint.Service ? null : known.Endpoint.Service;
            }
            _byProxy[proxy] = new Entry(endpoint, connection);
            Report(endpoint.Service);
            if (movedFrom is not null) Report(movedFrom);
        }
    }

    /// <summary>A sidecar's connection is over.</summary>
    public void Leave(string proxy, object connection, bool saidGoodbye)
    {
        lock (_lock)
        {
            if (!_byProxy.TryGetValue(proxy, out var known) || !ReferenceEquals(known.Connection, connection)) return;
            if (saidGoodbye) Remove(proxy, connection);
            else known.Timer = time.CreateTimer(_ => Remove(proxy, connection), null, grace, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_lock)
            foreach (var entry in _byProxy.Values) entry.Timer?.Dispose();
    }

    private void Remove(string proxy, object connection)
    {
        lock (_lock)
        {
            if (!_byProxy.TryGetValue(proxy, out var known) || !ReferenceEquals(known.Connection, connection)) return;
            known.Timer?.Dispose();
            _byProxy.Remove(proxy);
            Report(known.Endpoint.Service);
        }
    }

    private void Report(string service)
    {
        long now = time.GetElapsedTime(0).Ticks;
        if (!_isSynced) sink.StatusChanged(new ProviderStatus(Source, ProviderState.Synced, now));
        _isSynced = true;
        var endpoints = _byProxy.Values.Where(entry => entry.Endpoint.Service == service).Select(entry => entry.Endpoint)
            .DistinctBy(endpoint => endpoint.Address).OrderBy(endpoint => endpoint.Name, StringComparer.Ordinal);
        sink.Observed(new ServiceObservation { Source = Source, Service = service, TakenAt = now, ValidFor = Timeout.InfiniteTimeSpan, Endpoints = [.. endpoints.Select(Observed)] });
    }

    private static ObservedEndpoint Observed(Endpoint endpoint) => new()
    {
        Address = endpoint.Address!,
        Name = endpoint.Name,
        Weight = endpoint.Weight,
        Zone = endpoint.Zone,
        Version = endpoint.Version,
        Identity = endpoint.Identity,
        Labels = endpoint.Labels,
        Readiness = EndpointReadiness.Ready,
    };

    /// <summary>A sidecar's endpoint.</summary>
    private sealed record Entry(Endpoint Endpoint, object Connection)
    {
        /// <summary>Ends the grace; <c>null</c> while the sidecar is connected.</summary>
        public ITimer? Timer { get; set; }
    }
}
