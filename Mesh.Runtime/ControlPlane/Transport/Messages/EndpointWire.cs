using Google.Protobuf;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Transport.Messages;

/// <summary>Endpoints on the wire: everything but their ids.</summary>
internal static class EndpointWire
{
    public static ByteString Write(IEnumerable<Endpoint> endpoints)
    {
        var message = new Wire.Endpoints();
        message.Endpoints_.AddRange(endpoints.Select(Write));
        return message.ToByteString();
    }

    public static Wire.Endpoint Write(Endpoint endpoint)
    {
        var message = new Wire.Endpoint
        {
            Name = endpoint.Name.ToWire(),
            Version = endpoint.Version.ToWire(),
            Zone = endpoint.Zone.ToWire(),
            Identity = endpoint.Identity.ToWire(),
            Weight = endpoint.Weight,
            Host = (endpoint.Address?.Host ?? "").ToWire(),
            Port = endpoint.Address?.Port ?? 0,
        };
        message.Labels.AddRange(endpoint.Labels.Select(label => new Wire.Label { Name = label.Key.ToWire(), Value = label.Value.ToWire() }));
        return message;
    }

    /// <summary>A service's endpoints under the ids of this process, in their order; each is held once.</summary>
    /// <exception cref="InvalidProtocolBufferException">They do not read.</exception>
    public static Endpoint[] Read(ByteString bytes, string service, NodeEndpoints held) =>
        [.. Wire.Endpoints.Parser.ParseFrom(bytes).Endpoints_.Select(endpoint => held.Hold(Read(endpoint, service))).OrderBy(endpoint => endpoint.Id)];

    /// <summary>An endpoint that has no id yet.</summary>
    public static Endpoint Read(Wire.Endpoint endpoint, string service) => new()
    {
        Id = -1,
        Name = endpoint.Name.ToText(),
        Service = service,
        Version = endpoint.Version.ToText(),
        Zone = endpoint.Zone.ToText(),
        Identity = endpoint.Identity.ToText(),
        Weight = endpoint.Weight,
        Address = endpoint.Host.IsEmpty ? null : new EndpointAddress(endpoint.Host.ToText(), endpoint.Port),
        Labels = [.. endpoint.Labels.Select(label => KeyValuePair.Create(label.Name.ToText(), label.Value.ToText()))],
    };
}
