using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Model;
using Wire = Mesh.Runtime.ControlPlane.Transport.Wire;

namespace Mesh.Runtime.Tests.ControlPlane.Transport;

/// <summary>A proxy that says hello, and then neither reads nor writes.</summary>
internal sealed class SilentProxy : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<Wire.FromProxy, Wire.ToProxy> _call;
    private readonly string _name;

    public SilentProxy(EndpointAddress address, string name)
    {
        _name = name;
        _channel = GrpcChannel.ForAddress($"http://{address}");
        _call = new Wire.ControlPlane.ControlPlaneClient(_channel).Connect();
    }

    public Task SayHelloAsync() => _call.RequestStream.WriteAsync(new Wire.FromProxy { Hello = new Wire.Hello { Name = _name.ToWire(), Service = "slow".ToWire(), All = true } });

    public void Dispose()
    {
        _call.Dispose();
        _channel.Dispose();
    }
}
