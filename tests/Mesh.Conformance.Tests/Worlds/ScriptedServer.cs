using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Conformance.Tests.Worlds;

/// <summary>Plays a behaviour over HTTP/1.1 on bare sockets: what is on the wire is written here, byte by byte.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Script _script;
    private readonly int _replica;
    private readonly Socket _filler = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>A server on a free port.</summary>
    /// <param name="script">What it answers.</param>
    /// <param name="replica">Which replica it is.</param>
    /// <param name="listens">Whether it listens; without, it keeps its port, and the system refuses connections to it.</param>
    public ScriptedServer(Script script, int replica, bool listens)
    {
        (_script, _replica) = (script, replica);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        if (!listens) return;
        _listener.Listen();
        _ = AcceptAsync();
    }

    /// <summary>Fills its queue of connections, which nobody takes from: Linux leaves further ones without an answer.</summary>
    public async Task GoDarkAsync()
    {
        _listener.Listen(backlog: 0);
        await _filler.ConnectAsync(_listener.LocalEndPoint!);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _filler.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptAsync());
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It is over.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            socket.NoDelay = true;
            try
            {
                while (await TakesRequestAsync(socket) && await AnswerAsync(socket, _script.Next(_replica)))
                {
                }
            }
            catch (SocketException)
            {
                // The client has gone, which clients may.
            }
        }
    }

    /// <summary>Reads a head; there is no body.</summary>
    private static async Task<bool> TakesRequestAsync(Socket socket)
    {
        byte[] buffer = new byte[16 * 1024];
        for (int count = 0; count < buffer.Length;)
        {
            int read = await socket.ReceiveAsync(buffer.AsMemory(count));
            if (read == 0) return false;
            count += read;
            if (buffer.AsSpan(0, count).EndsWith("\r\n\r\n"u8)) return true;
        }
        return false;
    }

    /// <summary>Answers; false when the connection is over.</summary>
    private static async Task<bool> AnswerAsync(Socket socket, Answer answer)
    {
        if (answer.HeadersAfter > TimeSpan.Zero) await Task.Delay(answer.HeadersAfter);
        switch (answer.End)
        {
            case AnswerEnd.ResetBeforeHeaders:
                Reset(socket);
                return false;
            case AnswerEnd.ClosedBeforeHeaders:
                socket.Shutdown(SocketShutdown.Both);
                return false;
        }
        byte[] body = new byte[answer.Bytes];
        int atOnce = answer.BodyTakes == TimeSpan.Zero ? body.Length : answer.Silent ? body.Length / 2 : 0;
        byte[] head = [.. Encoding.ASCII.GetBytes(Head(answer)), .. body[..atOnce]];
        await SendAsync(socket, head);
        if (answer.BodyTakes > TimeSpan.Zero && !await SendRestAsync(socket, answer, body)) return false;
        if (!answer.Closes) return true;
        socket.Shutdown(SocketShutdown.Both);
        return false;
    }

    private static async Task<bool> SendRestAsync(Socket socket, Answer answer, byte[] body)
    {
        if (answer.Silent)
        {
            await Task.Delay(answer.BodyTakes);
            await SendAsync(socket, body.AsMemory(body.Length / 2));
            return true;
        }
        const int Pieces = 20;
        long began = TimeProvider.System.GetTimestamp();
        for (int i = 1; i <= Pieces; i++)
        {
            var wait = (answer.BodyTakes * i / Pieces) - TimeProvider.System.GetElapsedTime(began);
            if (wait > TimeSpan.Zero) await Task.Delay(wait);
            await SendAsync(socket, body.AsMemory(0, body.Length / Pieces));
            if (answer.End != AnswerEnd.ResetInBody || i < Pieces / 2) continue;
            Reset(socket);
            return false;
        }
        return true;
    }

    private static string Head(Answer answer) =>
        string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} Scripted\r\ncontent-length: {answer.Bytes}\r\n")
        + (answer.RetryAfter > 0 ? string.Create(CultureInfo.InvariantCulture, $"retry-after: {answer.RetryAfter}\r\n") : "")
        + "\r\n";

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes)..];
    }

    /// <summary>Closing without lingering sends RST.</summary>
    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }
}
