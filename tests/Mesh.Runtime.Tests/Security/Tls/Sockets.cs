using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Runtime.Tests.Security.Tls;

/// <summary>Connections of tests.</summary>
internal static class Sockets
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Both ends of a connection over loopback.</summary>
    public static async Task<(NetworkStream Client, NetworkStream Server)> PairAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new TcpClient();
        var accepting = listener.AcceptTcpClientAsync();
        await client.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);
        return (client.GetStream(), (await accepting).GetStream());
    }

    /// <summary>Bytes read at once; 0 where the peer has closed, in whatever way.</summary>
    public static async Task<int> ReadAsync(Stream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[1024]).AsTask().WaitAsync(Limit);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    public static async Task<string> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        byte[] letter = new byte[1];
        while (await stream.ReadAsync(letter).AsTask().WaitAsync(Limit) == 1 && letter[0] != '\n') line.Append((char)letter[0]);
        return line.ToString().TrimEnd('\r');
    }

    /// <summary>Writes byte by byte, for a while.</summary>
    public sealed class Trickle(NetworkStream inner) : Stream
    {
        private int _slow = 20;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (buffer.Length > 0)
            {
                int next = _slow-- > 0 ? 1 : buffer.Length;
                await inner.WriteAsync(buffer[..next], cancellationToken);
                if (next == 1) await Task.Delay(5, cancellationToken);
                buffer = buffer[next..];
            }
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        protected override void Dispose(bool disposing) => inner.Dispose();
    }
}
