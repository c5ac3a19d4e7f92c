using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>
/// One end of a proxied connection: what it sends is read from a pipe, what it gets is written straight to its socket (or into its TLS), which is all the back-pressure there is,
/// and lets a FIN follow the last byte while the other direction goes on. Kestrel's own output pipe cannot: completing it closes both directions.
/// </summary>
internal sealed class TcpPeer : IDisposable
{
    private readonly Stream _output;
    private readonly Socket? _socket;

    private TcpPeer(PipeReader input, Stream output, Socket? socket)
    {
        Input = input;
        _output = output;
        _socket = socket;
        if (socket is not null) socket.NoDelay = true;
    }

    /// <summary>What it sends.</summary>
    public PipeReader Input { get; }

    /// <summary>A connection that Kestrel accepted, with or without TLS.</summary>
    public static TcpPeer Accepted(ConnectionContext connection)
    {
        var socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        Stream output = connection.Features.Get<ISslStreamFeature>() is { } tls ? tls.SslStream
            : socket is not null ? new NetworkStream(socket, ownsSocket: false)
            : connection.Transport.Output.AsStream();
        return new TcpPeer(connection.Transport.Input, output, socket);
    }

    /// <summary>A connection that the mesh opened.</summary>
    public static TcpPeer Dialled(TcpDial dial) =>
        new(PipeReader.Create(dial.Stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true)), dial.Stream, dial.Socket);

    /// <summary>Sends it bytes; completes when its kernel has taken them.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => _output.WriteAsync(bytes, CancellationToken.None);

    /// <summary>Tells it that no more comes: FIN, or TLS's <c>close_notify</c>. What it sends is still read.</summary>
    public async ValueTask FinishAsync()
    {
        if (_output is SslStream tls) await tls.ShutdownAsync().ConfigureAwait(false);
        else if (_socket is not null) _socket.Shutdown(SocketShutdown.Send);
        else await _output.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Breaks the connection off with RST. Reads and writes under way fail.</summary>
    public void Reset()
    {
        _socket?.Close(timeout: 0);   // SO_LINGER 0
        Input.CancelPendingRead();
    }

    /// <summary>Closes the connection both ways with FIN. Reads and writes under way fail.</summary>
    public void Close()
    {
        try
        {
            _socket?.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }
        _socket?.Dispose();
        Input.CancelPendingRead();
    }

    /// <summary>Gives the pipe's buffers back.</summary>
    public void Dispose()
    {
        Input.Complete();
        _socket?.Dispose();
    }
}
