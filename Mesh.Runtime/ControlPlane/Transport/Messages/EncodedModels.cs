using System.Runtime.CompilerServices;
using Google.Protobuf;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Transport.Messages;

/// <summary>Policies and endpoint lists as they go to the wire, made once for all proxies that are sent them. Forgotten with the models that they are made from.</summary>
internal sealed class EncodedModels
{
    private readonly ConditionalWeakTable<ServicePolicy, ByteString> _policies = [];
    private readonly ConditionalWeakTable<Endpoint[], ByteString> _endpoints = [];

    public ByteString PolicyOf(ServiceModel service) => _policies.GetValue(service.Policy, static policy => ConfigJson.Write(policy.Config));

    public ByteString EndpointsOf(ServiceModel service) => _endpoints.GetValue(service.Endpoints, static endpoints => EndpointWire.Write(endpoints));
}
