using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>A client that says exactly what it is told to, byte by byte.</summary>
internal sealed class RawClient(int port) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Socket _socket = Connect(port);

    public async Task SendAsync(string text) => await _socket.SendAsync(Encoding.Latin1.GetBytes(text));

    public void Finish() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>All that comes until the other side closes.</summary>
    public Task<string> ReadToEndAsync() => ReadAsync(_ => false);

    /// <summary>What comes until it contains a text, or the other side closes.</summary>
    public Task<string> ReadUntilAsync(string text) => ReadAsync(so => so.Contains(text, StringComparison.Ordinal));

    /// <summary>Sends a request, and reads until the connection is closed.</summary>
    public async Task<string> AskAsync(string request)
    {
        await SendAsync(request);
        return await ReadToEndAsync();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<string> ReadAsync(Func<string, bool> enough)
    {
        using var patience = new CancellationTokenSource(Patience);
        var text = new StringBuilder();
        byte[] buffer = new byte[16 * 1024];
        while (!enough(text.ToString()))
        {
            int count;
            try
            {
                count = await _socket.ReceiveAsync(buffer, patience.Token);
            }
            catch (SocketException)
            {
                break;   // reset: nothing more comes
            }
            if (count == 0) break;
            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
        return text.ToString();
    }

    private static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }
}
