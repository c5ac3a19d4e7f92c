using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Mesh.Runtime.Faults.Tcp;

namespace Mesh.Runtime.Sidecar.Wire;

/// <summary>
/// A connection that a sidecar opened. Its bytes go through the TCP faults in force; and where it ends though an answer is due, that is an error.
/// </summary>
/// <remarks>
/// The error matters: <c>SocketsHttpHandler</c> repeats a request without a body up to three times when a connection just ends before the first byte of an answer. In a mesh a repetition is the retry policy's to decide,
/// and a server that counts has to count once. What HTTP/2 says was not processed, it still repeats: no server has seen that.
/// </remarks>
internal sealed class UpstreamStream : NetworkStream
{
    private readonly ToxicReader? _reader;
    private readonly ToxicWriter? _writer;
    private bool _awaitsAnswer;
    private bool _isUpgraded;

    /// <summary>Over an open socket, which is its own from now on.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="toxics">The connection's faults; <c>null</c> where there can be none.</param>
    /// <param name="faults">Told of changes of them.</param>
    /// <param name="time">The clock.</param>
    public UpstreamStream(Socket socket, ConnectionToxics? toxics, TcpFaultTable? faults, TimeProvider time)
        : base(socket, ownsSocket: true)
    {
        if (toxics is null) return;
        _reader = new ToxicReader(this, toxics.Downstream, faults!, time);
        _writer = new ToxicWriter(this, toxics.Upstream, faults!, time);
    }

    private static ReadOnlySpan<byte> UpgradedHead => "HTTP/1.1 101"u8;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_reader is { IsClear: false }) return ComesAsync(_reader.ReadAsync(buffer, cancellationToken), null, buffer, cancellationToken);
        var read = base.ReadAsync(buffer, cancellationToken);
        if (read.IsCompletedSuccessfully && _reader is not { IsClear: false }) return new ValueTask<int>(Came(read.Result, buffer.Span));
        return ComesAsync(read, _reader, buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Volatile.Write(ref _awaitsAnswer, true);
        return _writer is null ? base.WriteAsync(buffer, cancellationToken) : _writer.WriteAsync(buffer, cancellationToken);
    }

    /// <summary>Reads from the socket, whatever the faults.</summary>
    internal ValueTask<int> ReadWireAsync(Memory<byte> buffer, CancellationToken cancellation) => base.ReadAsync(buffer, cancellation);

    /// <summary>Writes to the socket, whatever the faults.</summary>
    internal ValueTask WriteWireAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation) => base.WriteAsync(buffer, cancellation);

    /// <summary>A toxic ends the connection: reads and writes under way fail.</summary>
    /// <param name="reset">With RST; otherwise with FIN.</param>
    internal void End(bool reset)
    {
        if (reset) Socket.Close(timeout: 0);   // SO_LINGER 0
        else Socket.Dispose();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _reader?.Dispose();
            _writer?.Dispose();
        }
        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ComesAsync(ValueTask<int> read, ToxicReader? watch, Memory<byte> buffer, CancellationToken cancellation)
    {
        int count = await read.ConfigureAwait(false);
        // A fault may have begun while nothing came: it holds what came now.
        if (watch is not null && watch.Catches(buffer.Span, count)) count = await watch.ReadAsync(buffer, cancellation).ConfigureAwait(false);
        return Came(count, buffer.Span);
    }

    private int Came(int count, ReadOnlySpan<byte> buffer)
    {
        if (buffer.IsEmpty || _isUpgraded || !Volatile.Read(ref _awaitsAnswer)) return count;
        if (count == 0) throw new IOException("the connection ended before an answer came");
        Volatile.Write(ref _awaitsAnswer, false);
        _isUpgraded = buffer[..count].StartsWith(UpgradedHead);   // from there on either side may fall silent at any time
        return count;
    }
}
