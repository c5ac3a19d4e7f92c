using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Runtime.Sidecar;

/// <summary>
/// Hands connections that one Kestrel listener has accepted over to another one within the process, which speaks another protocol. To Kestrel it is a transport of its own, with its own kind of address.
/// </summary>
public sealed class HandOver : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly Channel<ConnectionContext> _connections = Channel.CreateBounded<ConnectionContext>(1024);

    /// <summary>Where the other listener listens.</summary>
    public EndPoint Address { get; } = new HandOverAddress();

    /// <summary>Hands a connection over; completes when it is over.</summary>
    public async Task TakeAsync(ConnectionContext connection)
    {
        var handed = new Handed(connection);
        try
        {
            await _connections.Writer.WriteAsync(handed, connection.ConnectionClosed).ConfigureAwait(false);
        }
        catch (Exception error) when (error is ChannelClosedException or OperationCanceledException)
        {
            return;   // the sidecar stops, or the client is gone
        }
        await handed.Over.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint == Address;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(new Listener(this));

    private sealed class HandOverAddress : EndPoint
    {
        public override string ToString() => "hand-over";
    }

    private sealed class Listener(HandOver owner) : IConnectionListener
    {
        public EndPoint EndPoint => owner.Address;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await owner._connections.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (owner._connections.Reader.TryRead(out var connection)) return connection;
            }
            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            owner._connections.Writer.TryComplete();
            return default;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }

    /// <summary>The connection as the other listener has it. When that lets go of it, the first listener's own end comes.</summary>
    private sealed class Handed(ConnectionContext inner) : ConnectionContext
    {
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Over => _over.Task;

        public override IDuplexPipe Transport { get => inner.Transport; set => inner.Transport = value; }

        public override string ConnectionId { get => inner.ConnectionId; set => inner.ConnectionId = value; }

        public override IFeatureCollection Features => inner.Features;

        public override IDictionary<object, object?> Items { get => inner.Items; set => inner.Items = value; }

        public override CancellationToken ConnectionClosed { get => inner.ConnectionClosed; set => inner.ConnectionClosed = value; }

        public override EndPoint? LocalEndPoint { get => inner.LocalEndPoint; set => inner.LocalEndPoint = value; }

        public override EndPoint? RemoteEndPoint { get => inner.RemoteEndPoint; set => inner.RemoteEndPoint = value; }

        public override void Abort(ConnectionAbortedException abortReason) => inner.Abort(abortReason);

        public override void Abort() => inner.Abort();

        public override ValueTask DisposeAsync()
        {
            _over.TrySetResult();
            return default;
        }
    }
}
