using System.Net;
using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Security.Tls;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>What a sidecar says about its plain TCP connections and does with all of them.</summary>
internal sealed record TcpProxyOptions
{
    /// <summary>Which side of the hop it is.</summary>
    public required Reporter Reporter { get; init; }

    /// <summary>The proxy's id, so that the keys of connections differ between the sidecars of a process.</summary>
    public required int ProxyId { get; init; }

    /// <summary>Who calls, for faults. Default: anybody.</summary>
    public TcpPlace Caller { get; init; } = TcpPlace.Any;

    /// <summary>Who calls, for telemetry. Default: unknown.</summary>
    public WorkloadFacts Source { get; init; } = WorkloadFacts.Unknown;

    /// <summary>Told of each connection as soon as it is known where it goes. Default: nobody.</summary>
    public Action<RequestFacts>? Opened { get; init; }

    /// <summary>How long open connections may go on once the sidecar is asked to stop. Default 5 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>The handler of a Kestrel listener's connections: opens the way to the upstream, relays bytes both ways, tells what happened.</summary>
internal sealed class TcpProxy(ITcpRoute route, TcpFaultTable faults, TimeProvider time, KeyedRandom random, IRequestLog log, TcpProxyOptions options)
{
    private int _connections;
    private int _open;

    /// <summary>Connections under way.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Serves one connection: Kestrel's <see cref="ConnectionDelegate"/>.</summary>
    public async Task OnConnectedAsync(ConnectionContext connection)
    {
        var (started, began) = (time.GetUtcNow(), time.Ticks());
        ulong key = random.ChildKey((ulong)(uint)options.ProxyId, 0, Interlocked.Increment(ref _connections));
        Interlocked.Increment(ref _open);
        var client = TcpPeer.Accepted(connection);
        var opening = new TcpOpening();
        var (flags, received, sent) = (ResponseFlags.LR, 0L, 0L);
        try
        {
            opening = await route.OpenAsync(connection, key, Stopping(connection)).ConfigureAwait(false);
            flags = opening.Flags;
            options.Opened?.Invoke(Facts(connection, opening, started));
            if (opening.Dial is { } dial) (flags, received, sent) = await RelayAsync(connection, client, dial, opening, key).ConfigureAwait(false);
            else client.Reset();   // Envoy closes; a client that was about to send learns it the sooner
        }
        finally
        {
            opening.Ended?.Invoke(flags, received, sent);
            opening.Dial?.Dispose();
            client.Dispose();
            Interlocked.Decrement(ref _open);
            log.On(Facts(connection, opening, started) with { Duration = TimeSpan.FromTicks(time.Ticks() - began), Flags = flags, BytesReceived = received, BytesSent = sent });
        }
    }

    private RequestFacts Facts(ConnectionContext connection, TcpOpening opening, DateTimeOffset started)
    {
        var peer = connection.Features.Get<IPeerIdentityFeature>()?.Peer;
        return new RequestFacts
        {
            Reporter = options.Reporter, Started = started, Duration = TimeSpan.Zero,
            Source = peer is null ? options.Source : LiveNode.WorkloadOf(peer.ToString()), Destination = opening.Destination,
            MutualTls = opening.MutualTls || peer is not null,
            UpstreamHost = opening.UpstreamHost, UpstreamFailure = opening.Failure, Termination = opening.Termination, Attempts = opening.Attempts,
            DownstreamLocalAddress = Text(connection.LocalEndPoint), DownstreamRemoteAddress = Text(connection.RemoteEndPoint),
        };
    }

    private async Task<(ResponseFlags Flags, long Received, long Sent)> RelayAsync(ConnectionContext connection, TcpPeer client, TcpDial dial, TcpOpening opening, ulong key)
    {
        var toxics = new ConnectionToxics(faults, options.Caller, opening.Callee, key);
        using var relay = new TcpRelay(client, TcpPeer.Dialled(dial), toxics, faults, time, opening.IdleTimeout);
        using var drain = time.CreateTimer(_ => relay.Stop(ResponseFlags.LR), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var asked = Stopping(connection).UnsafeRegister(_ => drain.Change(options.DrainTimeout, Timeout.InfiniteTimeSpan), null);
        var flags = await relay.RunAsync().ConfigureAwait(false);
        return (flags, relay.BytesReceived, relay.BytesSent);
    }

    private static CancellationToken Stopping(ConnectionContext connection) =>
        connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;

    private static string? Text(EndPoint? endpoint) => endpoint?.ToString();
}
