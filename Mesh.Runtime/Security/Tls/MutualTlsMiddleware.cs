using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using Mesh.Runtime.Model;
using Mesh.Runtime.Security.Identities;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Mesh.Runtime.Security.Tls;

/// <summary>
/// Stands before a listener's protocol: looks at a connection's first bytes without taking them, and by the mode passes it to Kestrel's TLS, passes it on as plain text, or closes it.
/// </summary>
internal sealed class MutualTlsMiddleware
{
    /// <summary>Kestrel's time limit runs on a coarser clock, and may end a little before ours.</summary>
    private static readonly TimeSpan TimerSlack = TimeSpan.FromMilliseconds(50);

    private readonly MutualTlsOptions _options;
    private ConnectionDelegate _plain = _ => Task.CompletedTask;

    private MutualTlsMiddleware(MutualTlsOptions options) => _options = options;

    /// <summary>Puts mutual TLS on a listener, HTTP or any other. What is used after it finds the peer in <see cref="IPeerIdentityFeature"/>.</summary>
    public static void Use(ListenOptions listener, MutualTlsOptions options)
    {
        var middleware = new MutualTlsMiddleware(options);
        listener.Use(tls => connection => middleware.OnConnectionAsync(connection, tls));
        listener.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = context => new(middleware.ServerOptions(context)),
            HandshakeTimeout = options.HandshakeTimeout,
        });
        listener.Use(next =>
        {
            middleware._plain = next;   // middleware is put together from the inside out: this is known before the first one needs it
            return connection =>
            {
                connection.Features.GetRequiredFeature<TlsPeer>().IsAuthenticated = true;
                return next(connection);
            };
        });
    }

    private async Task OnConnectionAsync(ConnectionContext connection, ConnectionDelegate tls)
    {
        var mode = _options.Mode();
        if (mode == MutualTlsMode.Disabled)
        {
            await _plain(connection).ConfigureAwait(false);
            return;
        }
        var opening = await OpeningAsync(connection).ConfigureAwait(false);
        if (opening == Opening.Unknown && Stopping(connection).IsCancellationRequested) return;
        if (opening == Opening.Tls) await HandshakeAsync(connection, tls).ConfigureAwait(false);
        else if (mode == MutualTlsMode.Permissive) await _plain(connection).ConfigureAwait(false);
        else if (opening == Opening.PlainText) Refuse(connection, TlsRefusal.PlainText, "plain text, but only mutual TLS is taken here.");
        else Refuse(connection, TlsRefusal.TooSlow, $"the peer did not begin a handshake within {_options.DetectTimeout.TotalSeconds:0.###} s.");
    }

    private async Task HandshakeAsync(ConnectionContext connection, ConnectionDelegate tls)
    {
        var time = _options.Identity.Time;
        var peer = new TlsPeer();
        connection.Features.Set(peer);
        connection.Features.Set<IPeerIdentityFeature>(peer);
        long began = time.GetTimestamp();
        await tls(connection).ConfigureAwait(false);   // Kestrel's TLS ends quietly when a handshake fails
        if (peer.IsAuthenticated) return;
        if (peer.Verdict.Refusal != TlsRefusal.None) Refuse(connection, peer.Verdict.Refusal, peer.Verdict.Detail);
        else if (time.GetElapsedTime(began) + TimerSlack >= _options.HandshakeTimeout) Refuse(connection, TlsRefusal.TooSlow, $"the handshake took longer than {_options.HandshakeTimeout.TotalSeconds:0.###} s.");
        else Refuse(connection, TlsRefusal.HandshakeFailed, "the handshake failed: the peer refused this sidecar, went away, or has no protocol or cipher in common with it.");
    }

    private SslServerAuthenticationOptions ServerOptions(TlsHandshakeCallbackContext context)
    {
        var peer = context.Connection.Features.GetRequiredFeature<TlsPeer>();
        var offered = context.ClientHelloInfo.SslProtocols;   // none where the hello does not read
        if (offered != SslProtocols.None && (offered & (SslProtocols.Tls12 | SslProtocols.Tls13)) == 0)
        {
            peer.Verdict = PeerVerdict.Refused(TlsRefusal.OldProtocol, "the peer offers nothing later than TLS 1.1; TLS 1.2 is the least.");
            throw new PeerRefusedException(peer.Verdict, null);
        }
        try
        {
            return MutualTls.ServerOptions(_options.Identity, verdict => peer.Verdict = verdict);
        }
        catch (PeerRefusedException e)
        {
            peer.Verdict = PeerVerdict.Refused(e.Refusal, e.Message);
            throw;
        }
    }

    /// <summary>Waits until the first bytes tell; they stay where they are.</summary>
    private async Task<Opening> OpeningAsync(ConnectionContext connection)
    {
        using var limit = new CancellationTokenSource(_options.DetectTimeout, _options.Identity.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, Stopping(connection));
        var input = connection.Transport.Input;
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return Opening.Unknown;
            }
            var opening = FirstBytes.Classify(read.Buffer);
            bool isEnough = opening != Opening.Unknown || read.IsCompleted || read.IsCanceled;
            input.AdvanceTo(read.Buffer.Start, isEnough ? read.Buffer.Start : read.Buffer.End);
            if (isEnough) return opening;
        }
    }

    /// <summary>Ends when the sidecar stops: it waits for nobody who has said nothing yet.</summary>
    private static CancellationToken Stopping(ConnectionContext connection) =>
        connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;

    private void Refuse(ConnectionContext connection, TlsRefusal why, string detail) => _options.Refused?.Invoke(new RefusedConnection(connection.RemoteEndPoint, connection.LocalEndPoint, why, detail));

    /// <summary>The peer of one TLS connection.</summary>
    private sealed class TlsPeer : IPeerIdentityFeature
    {
        public PeerVerdict Verdict { get; set; }

        public bool IsAuthenticated { get; set; }

        public SpiffeId? Peer => Verdict.Peer;
    }
}
