using System.Net.Sockets;
using System.Text;
using Mesh.Runtime.Tests.Sidecar.Tcp;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>An HTTP/1.1 server that a test writes by hand: it sees heads as they came, and answers what it is told to.</summary>
internal static class RawServer
{
    /// <summary>Answers each request by its head, on kept-alive connections; <c>null</c> closes without an answer.</summary>
    public static TcpServer Answering(Func<string, string?> answer) => new(async socket =>
    {
        while (await ReadHeadAsync(socket) is { } head)
        {
            if (answer(head) is not { } text) return;
            await TcpServer.SendAllAsync(socket, Encoding.Latin1.GetBytes(text));
        }
    });

    /// <summary>A request's head, with its empty line, and with what has come of the body; <c>null</c> at the end.</summary>
    public static async Task<string?> ReadHeadAsync(Socket socket)
    {
        var head = new StringBuilder();
        byte[] buffer = new byte[64 * 1024];
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int count = await socket.ReceiveAsync(buffer);
            if (count == 0) return null;
            head.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
        return head.ToString();
    }
}
