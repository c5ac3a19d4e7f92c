using System.Net;
using System.Net.Sockets;

namespace Mesh.Runtime.Tests.Sidecar.Tcp;

/// <summary>A server with plain sockets, whose connections a test handles itself.</summary>
internal sealed class TcpServer : IAsyncDisposable
{
    private static readonly System.Collections.Concurrent.ConcurrentBag<Socket> Closed = [];

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<Socket, Task> _handle;
    private readonly Task _accepts;
    private int _accepted;

    public TcpServer(Func<Socket, Task> handle, IPAddress? address = null, int port = 0)
    {
        _handle = handle;
        _listener.Bind(new IPEndPoint(address ?? IPAddress.Loopback, port));
        _listener.Listen(512);
        _accepts = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Sends back what it gets, and finishes when the client has.</summary>
    public static TcpServer Echo() => new(async socket =>
    {
        byte[] buffer = new byte[64 * 1024];
        for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;) await SendAllAsync(socket, buffer.AsMemory(0, read));
        socket.Shutdown(SocketShutdown.Send);
    });

    /// <summary>An address where nobody listens, nor will while the tests run: a socket holds it.</summary>
    public static int ClosedPort()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Closed.Add(socket);
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes)..];
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepts.Within();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            Interlocked.Increment(ref _accepted);
            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                await _handle(socket);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The client went away.
            }
        }
    }
}
