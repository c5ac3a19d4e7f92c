using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Transport.Messages;

/// <summary>What one connection has been sent, and what a newer snapshot adds to it. For one owner.</summary>
internal sealed class SnapshotEncoder(EncodedModels models)
{
    /// <summary>A part is closed once it is larger. No service is cut.</summary>
    private const int PartBytes = 256 * 1024;

    private readonly SortedDictionary<string, ServiceModel> _sent = new(StringComparer.Ordinal);
    private bool _isFirst = true;

    /// <summary>The push that brings the other side to this snapshot, in parts.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="now">The time in ticks, of the clock that leases run by.</param>
    public IEnumerable<Wire.Push> Encode(MeshSnapshot snapshot, long now)
    {
        var part = new Wire.Push { Version = snapshot.Version, Whole = _isFirst };
        part.Removed.AddRange(_sent.Values.Where(sent => snapshot.Find(sent.Id)?.Name != sent.Name).Select(gone => gone.Name.ToWire()));
        foreach (var gone in part.Removed) _sent.Remove(gone.ToText());
        _isFirst = false;
        int bytes = 0;
        foreach (var service in snapshot.Services)
        {
            var before = _sent.GetValueOrDefault(service.Name);
            if (ReferenceEquals(before, service)) continue;
            _sent[service.Name] = service;
            var message = Write(service, before, now);
            part.Services.Add(message);
            bytes += message.CalculateSize();
            if (bytes < PartBytes) continue;
            part.More = true;
            yield return part;
            (part, bytes) = (new Wire.Push { Version = snapshot.Version }, 0);
        }
        yield return part;
    }

    private Wire.Service Write(ServiceModel service, ServiceModel? before, long now)
    {
        var message = new Wire.Service { Name = service.Name.ToWire() };
        if (!ReferenceEquals(before?.Policy, service.Policy)) message.Policy = models.PolicyOf(service);
        if (!ReferenceEquals(before?.Endpoints, service.Endpoints)) message.Endpoints = models.EndpointsOf(service);
        message.Faults.AddRange(service.Faults.Select(fault => FaultWire.Write(fault, now)));
        return message;
    }
}
