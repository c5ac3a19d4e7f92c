using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Mesh.Runtime.Faults.Tcp;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>How a stream of a connection ended.</summary>
internal enum PumpEnd
{
    /// <summary>The sender's FIN was passed on.</summary>
    Finished,

    /// <summary>The sender broke the connection off.</summary>
    SenderBroke,

    /// <summary>The receiver broke it off.</summary>
    ReceiverBroke,

    /// <summary>A toxic closes the connection.</summary>
    Closed,

    /// <summary>A toxic resets it.</summary>
    Reset,
}

/// <summary>
/// Carries the bytes of one direction through its toxics. What they hold back stays unread in the sender's pipe, at most <see cref="MostHeld"/> of it; then nothing more is read,
/// and TCP's own window tells the sender. The one wait is for bytes; the timer and a change of faults end it (<see cref="Wake"/>).
/// </summary>
internal sealed class TcpPump : IDisposable
{
    /// <summary>Bytes on their way in one direction at most: Envoy's <c>per_connection_buffer_limit_bytes</c>.</summary>
    public const int MostHeld = 1 << 20;

    private readonly TcpPeer _from;
    private readonly TcpPeer _to;
    private readonly ToxicChain _toxics;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _woken = new(0, 1);
    private readonly ITimer _timer;
    private volatile bool _stopped;
    private bool _armed;
    private long _bytes;
    private long _lastProgress;

    public TcpPump(TcpPeer from, TcpPeer to, ToxicChain toxics, TimeProvider time)
    {
        _from = from;
        _to = to;
        _toxics = toxics;
        _time = time;
        _lastProgress = time.Ticks();
        _timer = time.CreateTimer(static state => ((TcpPump)state!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Bytes delivered so far.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>When bytes were last read or written, in ticks.</summary>
    public long LastProgress => Volatile.Read(ref _lastProgress);

    /// <summary>Looks at the toxics again.</summary>
    public void Wake()
    {
        lock (_woken)
        {
            if (_woken.CurrentCount == 0) _woken.Release();
        }
        _from.Input.CancelPendingRead();
    }

    /// <summary>Carries nothing more.</summary>
    public void Stop()
    {
        _stopped = true;
        Wake();
    }

    /// <summary>Carries bytes until the stream ends.</summary>
    public async Task<PumpEnd> RunAsync()
    {
        long held = 0;
        bool ended = false, broken = false;
        while (!_stopped)
        {
            if (held >= MostHeld || ended) await _woken.WaitAsync().ConfigureAwait(false);
            var read = broken ? null : await ReadAsync().ConfigureAwait(false);
            long now = _time.Ticks();
            _toxics.Update(now);

            var buffer = read?.Buffer ?? default;
            broken = read is null;
            if (buffer.Length > held)
            {
                _toxics.Feed(new StreamItem(StreamItemKind.Data, (int)(buffer.Length - held), now));
                Progressed(now, 0);
            }
            if (!ended && (broken || read!.Value.IsCompleted))
            {
                ended = true;
                _toxics.Feed(new StreamItem(broken ? StreamItemKind.Broken : StreamItemKind.Finish, 0, now));
            }

            long taken = 0;
            for (; _toxics.TryTake(now, out var item); now = _time.Ticks())
            {
                // What a sender had sent before it broke off is lost with its RST; only the time that it would have taken is left.
                var bytes = item.Kind == StreamItemKind.Data && !broken ? buffer.Slice(taken, item.Bytes) : default;
                if (await PassOnAsync(item.Kind, bytes).ConfigureAwait(false) is { } end) return end;
                taken += item.Bytes;
            }
            if (!broken)
            {
                held = buffer.Length - taken;
                var start = buffer.GetPosition(taken);
                _from.Input.AdvanceTo(start, held >= MostHeld ? start : buffer.End);
            }
            Arm(now);
        }
        return PumpEnd.Closed;
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>The next bytes, or what woke the pump; <c>null</c> once the sender broke off.</summary>
    private async ValueTask<ReadResult?> ReadAsync()
    {
        try
        {
            return await _from.Input.ReadAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (IsBroken(e))
        {
            return null;
        }
    }

    /// <summary>Passes on what came out of the toxics; how the stream ended, where that is its end.</summary>
    private async ValueTask<PumpEnd?> PassOnAsync(StreamItemKind kind, ReadOnlySequence<byte> bytes)
    {
        try
        {
            foreach (var segment in bytes)
            {
                await _to.WriteAsync(segment).ConfigureAwait(false);
                Progressed(_time.Ticks(), segment.Length);
            }
            if (kind == StreamItemKind.Finish) await _to.FinishAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (IsBroken(e))
        {
            return PumpEnd.ReceiverBroke;
        }
        return kind switch
        {
            StreamItemKind.Finish => PumpEnd.Finished,
            StreamItemKind.Broken => PumpEnd.SenderBroke,
            StreamItemKind.Close => PumpEnd.Closed,
            StreamItemKind.Reset => PumpEnd.Reset,
            _ => null,
        };
    }

    private void Arm(long now)
    {
        long due = _toxics.NextDue;
        if (due == long.MaxValue && !_armed) return;
        _armed = due != long.MaxValue;
        // The system's timers cut off fractions of a millisecond, and would come early; one that does all the same is set again.
        _timer.Change(due == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks(Math.Max(0, due - now) + TimeSpan.TicksPerMillisecond - 1), Timeout.InfiniteTimeSpan);
    }

    private void Progressed(long now, int delivered)
    {
        Volatile.Write(ref _lastProgress, now);
        Volatile.Write(ref _bytes, _bytes + delivered);
    }

    private static bool IsBroken(Exception e) =>
        e is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException;
}
