using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Sidecar.Tcp;

namespace Mesh.Runtime.Sidecar.Wire;

/// <summary>What comes in on a connection: late, in pieces, or not at all, as the faults in force have it.</summary>
internal sealed class ToxicReader(UpstreamStream wire, ToxicChain toxics, TcpFaultTable faults, TimeProvider time) : IDisposable
{
    private const int ChunkBytes = 16 * 1024;
    private readonly HeldBytes _held = new();
    private byte[]? _chunk;
    private Task<int>? _reading;
    private ToxicWait? _wait;
    private int _ready;
    private bool _ended;
    private volatile bool _disposed;

    /// <summary>Whether nothing stands in the way: bytes may be read straight from the socket.</summary>
    public bool IsClear => faults.InForce.Length == 0 && toxics.IsEmpty && _reading is null && _ready == 0 && !_ended;

    /// <summary>Takes bytes that were read straight from the socket, where a fault that began meanwhile holds them; they come out of <see cref="ReadAsync"/>.</summary>
    public bool Catches(ReadOnlySpan<byte> buffer, int count)
    {
        if (faults.InForce.Length == 0) return false;
        toxics.Update(time.Ticks());
        if (toxics.IsEmpty) return false;
        if (!buffer.IsEmpty) Feed(buffer[..count]);
        return true;
    }

    /// <summary>Ends the read under way: what the faults hold, even the end, nobody waits for any more. <c>SocketsHttpHandler</c> gives up by closing the connection.</summary>
    public void Dispose()
    {
        _disposed = true;
        _wait?.Dispose();
    }

    /// <summary>The next bytes that the faults let go.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        while (true)
        {
            if (_ready > 0)
            {
                int count = Math.Min(_ready, buffer.Length);
                _held.Take(buffer.Span[..count]);
                _ready -= count;
                return count;
            }
            long now = time.Ticks();
            toxics.Update(now);
            if (toxics.TryTake(now, out var item))
            {
                if (IsEnd(item)) return 0;
                continue;
            }
            if (_ended && toxics.IsEmpty) return 0;
            await MoreAsync(now, cancellation).ConfigureAwait(false);
        }
    }

    private bool IsEnd(in StreamItem item)
    {
        switch (item.Kind)
        {
            case StreamItemKind.Data:
                _ready += item.Bytes;
                return false;
            case StreamItemKind.Gap:
                _held.Skip(item.Bytes);
                return false;
            case StreamItemKind.Finish:
                return true;
            case StreamItemKind.Close:
                wire.End(reset: false);
                return true;
            default:
                wire.End(reset: true);
                throw new IOException("the connection was reset");
        }
    }

    /// <summary>Waits for bytes from the socket, and for what the faults still hold.</summary>
    private async ValueTask MoreAsync(long now, CancellationToken cancellation)
    {
        if (!_ended && _held.Count < TcpPump.MostHeld) _reading ??= wire.ReadWireAsync(_chunk ??= new byte[ChunkBytes], CancellationToken.None).AsTask();
        _wait ??= new ToxicWait(faults, time);
        if (_disposed) _wait.Dispose();
        ObjectDisposedException.ThrowIf(_disposed, wire);
        var woken = _wait.UntilAsync(toxics.NextDue, now);
        await (_reading is null ? woken : Task.WhenAny(_reading, woken)).WaitAsync(cancellation).ConfigureAwait(false);
        ObjectDisposedException.ThrowIf(_disposed, wire);
        if (_reading is not { IsCompleted: true } reading) return;
        _reading = null;
        if (reading.IsCompletedSuccessfully) Feed(_chunk.AsSpan(0, reading.Result));
        else End(StreamItemKind.Broken);
    }

    private void Feed(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            End(StreamItemKind.Finish);
            return;
        }
        _held.Append(bytes);
        toxics.Feed(new StreamItem(StreamItemKind.Data, bytes.Length, time.Ticks()));
    }

    private void End(StreamItemKind kind)
    {
        _ended = true;
        toxics.Feed(new StreamItem(kind, 0, time.Ticks()));
    }
}
