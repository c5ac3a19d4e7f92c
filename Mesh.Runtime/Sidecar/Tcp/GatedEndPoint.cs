using System.Net;
using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>
/// An address at which a sidecar takes plain TCP connections, and refuses them while a fault says so. Kestrel listens at it through <see cref="GatedListenerFactory"/>.
/// The gate shuts for faults that mean every connection of this listener; one that means a part of them is carried out where the connection is opened.
/// </summary>
internal sealed class GatedEndPoint : IPEndPoint, IDisposable
{
    private readonly TcpFaultTable _faults;
    private readonly TcpPlace _caller;
    private readonly TcpPlace _callee;
    private readonly Lock _lock = new();
    private GatedListener? _listener;
    private ActiveTcpFault? _shutBy;

    /// <summary>An address for connections between two places.</summary>
    /// <param name="address">The address.</param>
    /// <param name="port">The port; 0 for a free one.</param>
    /// <param name="faults">The sidecar's faults.</param>
    /// <param name="caller">Who connects.</param>
    /// <param name="callee">Who is called; <see cref="TcpPlace.Any"/> where each connection says so itself.</param>
    public GatedEndPoint(IPAddress address, int port, TcpFaultTable faults, TcpPlace caller, TcpPlace callee)
        : base(address, port)
    {
        _faults = faults;
        _caller = caller;
        _callee = callee;
        faults.Watch(Changed);
    }

    /// <summary>Where it listens in fact; <c>null</c> before it does.</summary>
    public IPEndPoint? Bound => (IPEndPoint?)_listener?.EndPoint;

    /// <summary>Watches no fault any more.</summary>
    public void Dispose() => _faults.Unwatch(Changed);

    internal void Opened(GatedListener listener)
    {
        _listener = listener;
        Changed();
    }

    private void Changed()
    {
        lock (_lock)
        {
            var shuts = Array.Find(_faults.InForce, fault => fault.Config is { Toxic: RefuseToxicConfig, Toxicity: >= 1 } && fault.Blocks(_caller, _callee));
            if (shuts is not null && shuts != _shutBy) shuts.Add(new ToxicCount { Eligible = 1, Requested = 1, Hit = 1 });
            _shutBy = shuts;
            _listener?.Refuse(shuts is not null);
        }
    }
}
