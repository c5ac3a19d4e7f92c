using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Sidecar.Tcp;

namespace Mesh.Runtime.Sidecar.Wire;

/// <summary>What goes out on a connection: late, in pieces, or not at all, as the faults in force have it. While there are none, it is written straight to the socket.</summary>
internal sealed class ToxicWriter(UpstreamStream wire, ToxicChain toxics, TcpFaultTable faults, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HeldBytes _held = new();
    private TaskCompletionSource? _room;
    private Exception? _broken;
    private ToxicWait? _wait;
    private bool _running;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (faults.InForce.Length == 0 && !Volatile.Read(ref _running)) return wire.WriteWireAsync(bytes, cancellation);
        return Hold(bytes.Span) ? RoomAsync(cancellation) : wire.WriteWireAsync(bytes, cancellation);
    }

    /// <summary>Drops what is held; whoever waits for room fails.</summary>
    public void Dispose()
    {
        lock (_lock) _broken ??= new ObjectDisposedException(nameof(UpstreamStream));
        _wait?.Dispose();
        MakeRoom();
    }

    /// <summary>Takes bytes for the faults to hold; false where none concerns this connection.</summary>
    private bool Hold(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_broken is not null) throw new IOException("the connection broke", _broken);
            long now = time.Ticks();
            toxics.Update(now);
            if (toxics.IsEmpty && !_running) return false;
            _held.Append(bytes);
            toxics.Feed(new StreamItem(StreamItemKind.Data, bytes.Length, now));
            _wait ??= new ToxicWait(faults, time);
            if (!_running) _ = CarryAsync();
            _running = true;
        }
        _wait.Wake();
        return true;
    }

    /// <summary>The sender waits while too much is held.</summary>
    private async ValueTask RoomAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task room;
            lock (_lock)
            {
                if (_broken is not null) throw new IOException("the connection broke", _broken);
                if (_held.Count < TcpPump.MostHeld) return;
                room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await room.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Writes what the faults let go, until they hold nothing and none is left.</summary>
    private async Task CarryAsync()
    {
        await Task.Yield();   // not under the lock
        try
        {
            while (TryNext(out byte[] bytes, out var wait))
            {
                if (wait is not null) await wait.ConfigureAwait(false);
                else await wire.WriteWireAsync(bytes, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            lock (_lock) _broken = e;
        }
        MakeRoom();
    }

    /// <summary>What is to be written, or waited for, next; false at the end.</summary>
    private bool TryNext(out byte[] bytes, out Task? wait)
    {
        (bytes, wait) = ([], null);
        lock (_lock)
        {
            if (_broken is not null) return false;
            long now = time.Ticks();
            toxics.Update(now);
            if (!toxics.TryTake(now, out var item))
            {
                if (toxics.IsEmpty) return _running = false;
                wait = _wait!.UntilAsync(toxics.NextDue, now);
                return true;
            }
            if (item.Kind is StreamItemKind.Close or StreamItemKind.Reset) wire.End(reset: item.Kind == StreamItemKind.Reset);
            else if (item.Kind == StreamItemKind.Gap) _held.Skip(item.Bytes);
            else _held.Take(bytes = new byte[item.Bytes]);
        }
        MakeRoom();
        return true;
    }

    private void MakeRoom()
    {
        TaskCompletionSource? room;
        lock (_lock) (room, _room) = (_room, null);
        room?.SetResult();
    }
}
