using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>
/// A connection between a client and an upstream: both directions, each with its own end. A FIN is passed on while the other direction goes on; an RST ends both, as RST.
/// </summary>
internal sealed class TcpRelay : IDisposable
{
    private readonly TcpPeer _client;
    private readonly TcpPeer _upstream;
    private readonly TcpPump _up;
    private readonly TcpPump _down;
    private readonly TcpFaultTable _faults;
    private readonly TimeProvider _time;
    private readonly long _idleTimeout;
    private readonly ITimer _timer;
    private volatile ResponseFlags _stopped;

    /// <summary>A relay between two open connections, which are its own from now on.</summary>
    /// <param name="client">The client.</param>
    /// <param name="upstream">The upstream.</param>
    /// <param name="toxics">The connection's faults.</param>
    /// <param name="faults">Told of changes of them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="idleTimeout">Silence of both after which it is closed, in ticks; 0 for never.</param>
    public TcpRelay(TcpPeer client, TcpPeer upstream, ConnectionToxics toxics, TcpFaultTable faults, TimeProvider time, long idleTimeout)
    {
        _client = client;
        _upstream = upstream;
        _faults = faults;
        _time = time;
        _idleTimeout = idleTimeout;
        _up = new TcpPump(client, upstream, toxics.Upstream, time);
        _down = new TcpPump(upstream, client, toxics.Downstream, time);
        _timer = time.CreateTimer(static state => ((TcpRelay)state!).WatchIdle(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Bytes that the upstream got from the client.</summary>
    public long BytesReceived => _up.Bytes;

    /// <summary>Bytes that the client got from the upstream.</summary>
    public long BytesSent => _down.Bytes;

    /// <summary>Relays until both directions have ended.</summary>
    /// <returns>Why it ended; none where both sides had finished.</returns>
    public async Task<ResponseFlags> RunAsync()
    {
        _faults.Watch(Changed);
        WatchIdle();
        Task<PumpEnd> up = _up.RunAsync(), down = _down.RunAsync();
        var first = await Task.WhenAny(up, down).ConfigureAwait(false);
        var second = first == up ? down : up;
        var (last, end) = (first, await first.ConfigureAwait(false));
        if (end == PumpEnd.Finished) (last, end) = (second, await second.ConfigureAwait(false));
        _faults.Unwatch(Changed);
        End(end);
        _up.Stop();
        _down.Stop();
        await second.ConfigureAwait(false);
        return _stopped != ResponseFlags.None ? _stopped : Reason(end, towardsUpstream: last == up);
    }

    /// <summary>Closes both sides, whatever is under way.</summary>
    /// <param name="why">What the access log says.</param>
    public void Stop(ResponseFlags why)
    {
        _stopped = why;
        _client.Close();
        _upstream.Close();
        _up.Stop();
        _down.Stop();
    }

    /// <summary>Gives back what it holds, once it has run.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        _up.Dispose();
        _down.Dispose();
        _upstream.Dispose();
        _client.Dispose();
    }

    private void End(PumpEnd end)
    {
        bool gracefully = _stopped != ResponseFlags.None || end is PumpEnd.Finished or PumpEnd.Closed;
        foreach (var peer in (ReadOnlySpan<TcpPeer>)[_client, _upstream])
        {
            if (gracefully) peer.Close();
            else peer.Reset();
        }
    }

    private static ResponseFlags Reason(PumpEnd end, bool towardsUpstream) => end switch
    {
        PumpEnd.Finished => ResponseFlags.None,
        PumpEnd.SenderBroke => towardsUpstream ? ResponseFlags.DC : ResponseFlags.UC,
        PumpEnd.ReceiverBroke => towardsUpstream ? ResponseFlags.UC : ResponseFlags.DC,
        _ => ResponseFlags.FI,
    };

    private void Changed()
    {
        _up.Wake();
        _down.Wake();
    }

    /// <summary>The timer: closes a connection that has been silent too long, and otherwise looks again when it could be.</summary>
    private void WatchIdle()
    {
        if (_idleTimeout == 0) return;
        long silent = _time.Ticks() - Math.Max(_up.LastProgress, _down.LastProgress);
        if (silent >= _idleTimeout) Stop(ResponseFlags.SI);
        else _timer.Change(TimeSpan.FromTicks(_idleTimeout - silent + TimeSpan.TicksPerMillisecond), Timeout.InfiniteTimeSpan);
    }
}
