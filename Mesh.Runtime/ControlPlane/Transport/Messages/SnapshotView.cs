using System.Text.Json;
using Google.Protobuf;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Transport.Messages;

/// <summary>
/// A proxy's side of what <see cref="SnapshotEncoder"/> sends: what has come so far, and the snapshot that follows. What comes again as it was keeps its objects, and with them its
/// state, also over a reconnection. For one owner.
/// </summary>
/// <param name="directory">The names of this process.</param>
/// <param name="held">Its endpoints.</param>
internal sealed class SnapshotView(MeshDirectory directory, NodeEndpoints held)
{
    /// <summary>Services that a proxy can be told of.</summary>
    public const int MaxServices = 20_000;

    private readonly SortedDictionary<string, Known> _services = new(StringComparer.Ordinal);
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);   // by a push of everything, while its parts come
    private bool _isWhole;

    /// <summary>The version of the last push that has come to its end.</summary>
    public long Version { get; private set; }

    /// <summary>Takes a part over.</summary>
    /// <param name="part">The part.</param>
    /// <param name="now">The time in ticks, by which leases run.</param>
    /// <returns>Whether it was the push's last.</returns>
    public bool Take(Wire.Push part, long now)
    {
        _isWhole |= part.Whole;
        foreach (var gone in part.Removed) Forget(gone.ToText());
        foreach (var service in part.Services) Take(service, now);
        if (part.More) return false;
        if (_isWhole)
            foreach (string gone in _services.Keys.Where(name => !_named.Contains(name)).ToList()) Forget(gone);
        _named.Clear();
        _isWhole = false;
        Version = part.Version;
        return true;
    }

    /// <summary>Everything that is wrong with what has come; empty where <see cref="Snapshot"/> can be made of it.</summary>
    public IReadOnlyList<string> Problems => _services.Count > MaxServices ? [$"there are {_services.Count} services; the most is {MaxServices}"]
        : [.. _services.Where(service => service.Value.Problem is not null).Select(service => $"service '{service.Key}': {service.Value.Problem}")];

    /// <summary>The snapshot that has come.</summary>
    public MeshSnapshot Snapshot() => new(Version, [.. _services.Values.Select(known => known.Model!)]);

    /// <summary>All that has come, as one push without faults: what is kept on disk.</summary>
    public Wire.Push ToPush()
    {
        var push = new Wire.Push { Version = Version, Whole = true };
        push.Services.AddRange(_services.Select(service => new Wire.Service { Name = service.Key.ToWire(), Policy = service.Value.PolicyBytes, Endpoints = service.Value.EndpointBytes }));
        return push;
    }

    private void Take(Wire.Service message, long now)
    {
        string name = message.Name.ToText();
        if (_isWhole) _named.Add(name);
        var known = _services.GetValueOrDefault(name) ?? new Known();
        _services[name] = known;
        if (message.HasPolicy && message.Policy != known.PolicyBytes) (known.PolicyBytes, known.Policy) = (message.Policy, null);
        if (message.HasEndpoints && message.Endpoints != known.EndpointBytes) (known.EndpointBytes, known.Endpoints, known.Former) = (message.Endpoints, null, known.Endpoints ?? known.Former);
        bool isSame = known is { Problem: null, Policy: not null, Endpoints: not null, Model.Faults.Count: 0 } && message.Faults.Count == 0;
        if (!isSame) Read(known, name, message, now);
    }

    private void Read(Known known, string name, Wire.Service message, long now)
    {
        known.Problem = null;
        try
        {
            known.Policy ??= ServicePolicy.From(ConfigJson.Read<PolicyConfig>(known.PolicyBytes));
            if (known.Endpoints is null)
            {
                known.Endpoints = EndpointWire.Read(known.EndpointBytes, name, held);
                Release(known);   // those that stay have been held anew
            }
            known.Model = new ServiceModel
            {
                Id = directory.AddService(name), Name = name, Endpoints = known.Endpoints, Policy = known.Policy, Faults = ReadFaults(known, name, message, now),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidProtocolBufferException or NotSupportedException or ArgumentException)
        {
            known.Problem = $"what came does not read: {e.Message}";   // until it comes again or is gone
        }
    }

    /// <summary>A fault that comes again, with another lease, is the same object: what it has counted goes on.</summary>
    private static LeasedFault[] ReadFaults(Known known, string name, Wire.Service message, long now)
    {
        known.Faults = [.. message.Faults.Select(fault =>
        {
            var before = known.Faults.Find(one => FaultWire.IsSame(one.Message, fault));
            return (fault, before.Order ?? FaultWire.ReadOrder(fault, name));
        })];
        return [.. known.Faults.Select(fault => FaultWire.Read(fault.Message, fault.Order, now))];
    }

    private void Forget(string name)
    {
        if (!_services.Remove(name, out var gone)) return;
        Release(gone);
        foreach (var endpoint in gone.Endpoints ?? []) held.Release(endpoint);
    }

    private void Release(Known known)
    {
        foreach (var endpoint in known.Former ?? []) held.Release(endpoint);
        known.Former = null;
    }

    /// <summary>A service as it came.</summary>
    private sealed class Known
    {
        public ByteString PolicyBytes { get; set; } = ByteString.Empty;

        public ByteString EndpointBytes { get; set; } = ByteString.Empty;

        public ServicePolicy? Policy { get; set; }

        public Endpoint[]? Endpoints { get; set; }

        /// <summary>Those before, while the new ones are not read; they are still held.</summary>
        public Endpoint[]? Former { get; set; }

        public ServiceModel? Model { get; set; }

        public List<(Wire.Fault Message, FaultOrder Order)> Faults { get; set; } = [];

        public string? Problem { get; set; }
    }
}
