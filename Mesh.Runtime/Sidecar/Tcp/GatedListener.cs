using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>
/// A listener that can stop listening and go on later without giving up its port: while it is shut, the kernel itself refuses connections, as where nobody listens.
/// On Linux <c>shutdown(SHUT_RD)</c> takes a socket out of the listening state and <c>listen</c> puts it back, bound all the while (HAProxy pauses its listeners so).
/// </summary>
internal sealed class GatedListener : IConnectionListener
{
    private const int Backlog = 512;   // Kestrel's own
    private const int SolSocket = 1;
    private const int SoReuseAddr = 2;
    private readonly Socket _socket;
    private readonly SocketConnectionContextFactory _connections;
    private readonly Lock _lock = new();
    private TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _shut;
    private bool _unbound;

    /// <summary>Listens at an address.</summary>
    /// <param name="endpoint">Where; port 0 takes a free one.</param>
    /// <param name="connections">Makes Kestrel's connections from accepted sockets.</param>
    public GatedListener(GatedEndPoint endpoint, SocketConnectionContextFactory connections)
    {
        _connections = connections;
        try
        {
            _socket = Bind(endpoint);
            _socket.Listen(Backlog);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(e.Message, e);
        }
        EndPoint = _socket.LocalEndPoint!;
        endpoint.Opened(this);
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <summary>Shuts or opens it. Connections that are open, or were accepted, go on; those that wait to be accepted are reset.</summary>
    public void Refuse(bool refuse)
    {
        lock (_lock)
        {
            if (_shut == refuse || _unbound) return;
            _shut = refuse;
            if (refuse)
            {
                _socket.Shutdown(SocketShutdown.Receive);
                return;
            }
            _socket.Listen(Backlog);
            _opened.SetResult();
            _opened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var socket = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                socket.NoDelay = true;
                return _connections.Create(socket);
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException)
            {
                // A connection that was reset before it was accepted; or the listener was shut.
            }
            Task opened;
            lock (_lock)
            {
                if (_unbound) return null;
                opened = _shut ? _opened.Task : Task.CompletedTask;
            }
            await opened.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            if (_unbound) return default;
            _unbound = true;
            _socket.Dispose();
            _opened.SetResult();
        }
        return default;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => UnbindAsync();

    /// <summary>A socket that is bound to a port by number: one that took a free port would lose it when it stops listening.</summary>
    private static Socket Bind(IPEndPoint endpoint)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (OperatingSystem.IsLinux()) socket.SetRawSocketOption(SolSocket, SoReuseAddr, BitConverter.GetBytes(1));
            if (endpoint.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.Bind(endpoint);
            if (endpoint.Port != 0) return socket;
            using (socket) return Bind((IPEndPoint)socket.LocalEndPoint!);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
