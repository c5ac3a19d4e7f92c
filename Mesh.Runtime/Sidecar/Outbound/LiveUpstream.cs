using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>The way to endpoints over real sockets.</summary>
internal sealed class LiveUpstream : IUpstream
{
    private readonly ConcurrentDictionary<int, UpstreamClients> _clients = new();
    private DataPlane _plane = null!;

    /// <summary>The data plane it belongs to, which is made after it.</summary>
    public void Serve(DataPlane plane) => _plane = plane;

    /// <summary>A sidecar sends through these clients from now on.</summary>
    public void Attach(int proxyId, UpstreamClients clients) => _clients[proxyId] = clients;

    /// <summary>A sidecar is gone.</summary>
    public void Detach(int proxyId)
    {
        if (_clients.TryRemove(proxyId, out var clients)) clients.Dispose();
    }

    /// <summary>The clients of a sidecar; <c>null</c> while it does not run.</summary>
    public UpstreamClients? ClientsOf(int proxyId) => _clients.GetValueOrDefault(proxyId);

    public ValueTask<UpstreamReply> SendAsync(Attempt attempt, CancellationToken cancellation)
    {
        var call = (OutboundCall)attempt.Request.Message!;
        if (attempt.Endpoint.Address is null || !_clients.TryGetValue(attempt.ProxyId, out var clients)) return new(UpstreamReply.ConnectFailure);
        return attempt.Request.IsMirrored && call.Body is { } body
            ? SendCopyAsync(attempt, call, clients, body, cancellation)
            : SendAsync(attempt, call, clients, call.Body?.Open(), cancellation);
    }

    /// <summary>A copy needs the body whole.</summary>
    private async ValueTask<UpstreamReply> SendCopyAsync(Attempt attempt, OutboundCall call, UpstreamClients clients, ReplayBody body, CancellationToken cancellation)
    {
        try
        {
            if (await body.WholeAsync(cancellation).ConfigureAwait(false) is { } whole)
                return await SendAsync(attempt, call, clients, new ByteArrayContent(whole), cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (UpstreamErrors.IsExpected(error))
        {
            // The original is over, or was broken off: there is nothing to copy any more.
        }
        return UpstreamReply.Cancelled;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<UpstreamReply> SendAsync(Attempt attempt, OutboundCall call, UpstreamClients clients, HttpContent? content, CancellationToken cancellation)
    {
        try
        {
            return await ExchangeAsync(attempt, call, clients, content, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return UpstreamReply.Cancelled;
        }
        catch (Exception error) when (UpstreamErrors.IsExpected(error))
        {
            call.Failure = error.InnerException?.Message ?? error.Message;
            return UpstreamErrors.Reply(error);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<UpstreamReply> ExchangeAsync(Attempt attempt, OutboundCall call, UpstreamClients clients, HttpContent? content, CancellationToken cancellation)
    {
        bool secure = clients.IsSecure(attempt.Endpoint), copy = attempt.Request.IsMirrored;
        var message = OutboundHead.Write(call, attempt, content, secure ? "https" : "http", _plane.Now);
        call.Trace.InjectAttempt(attempt.Number, message, static (to, name, value) => OutboundHead.Set(to.Headers, name, value), static (to, name) => to.Headers.Remove(name));
        if (!copy) Note(call, attempt, secure);
        var response = await clients.For(attempt.Endpoint, secure, attempt.ConnectTimeout).SendAsync(message, cancellation).ConfigureAwait(false);
        var reply = Read(response, message, attempt.ReadsHeaders);
        var end = new AttemptEnd(attempt, copy ? null : call, response, reply.IsUpgrade, cancellation);
        (content as ReplayContent)?.Watch(end);
        response.Content = new AttemptContent(response.Content, end, _plane, PacerFor(attempt, response));
        attempt.Response = response;
        if (copy) _ = DrainAsync(response, cancellation);
        return reply;
    }

    private static void Note(OutboundCall call, Attempt attempt, bool secure)
    {
        call.Endpoint = attempt.Endpoint;
        call.MutualTls = secure;
        call.Failure = null;
        call.Attempts = Math.Max(call.Attempts, attempt.Number + 1);
    }

    private BodyPacer? PacerFor(Attempt attempt, HttpResponseMessage response) =>
        attempt.BodyFault is { } fault ? new BodyPacer(fault, response.Content.Headers.ContentLength, _plane.Now) : null;

    /// <summary>Nobody waits for a copy's answer; it is read so that its connection can be used again.</summary>
    private static async Task DrainAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        using (response)
        {
            try
            {
                await response.Content.CopyToAsync(Stream.Null, cancellation).ConfigureAwait(false);
            }
            catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
            {
                // The attempt has been told; a copy's fate is nobody's concern.
            }
        }
    }

    /// <summary>What the head of an answer says to those who decide.</summary>
    private UpstreamReply Read(HttpResponseMessage response, HttpRequestMessage message, bool headers) =>
        new((int)response.StatusCode, ResponseFlags.None, response.Content.Headers.ContentLength ?? 0, Complete: false)
        {
            GrpcStatus = Number(response.Headers, GrpcHeaders.Status) ?? 0,
            RetryAfter = RetryAfter(response.Headers),
            IsUpgrade = response.StatusCode == HttpStatusCode.SwitchingProtocols || (message.Method == HttpMethod.Connect && response.IsSuccessStatusCode),
            Headers = headers ? HeadersOf(response) : [],
            Hints = (response.Headers.NonValidated.Contains(MeshHeaders.Overloaded) ? ReplyHints.Overloaded : ReplyHints.None)
                | (response.Headers.NonValidated.Contains(MeshHeaders.RateLimited) ? ReplyHints.RateLimited : ReplyHints.None),
        };

    private static KeyValuePair<string, string>[] HeadersOf(HttpResponseMessage response) =>
        [.. response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
            .SelectMany(header => header.Value, (header, value) => new KeyValuePair<string, string>(header.Key, value))];

    private long RetryAfter(HttpResponseHeaders headers)
    {
        if (!headers.NonValidated.Contains("Retry-After") || headers.RetryAfter is not { } header) return 0;
        return header.Delta?.Ticks ?? Math.Max(0, (header.Date!.Value - _plane.Time.GetUtcNow()).Ticks);
    }

    private static int? Number(HttpResponseHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>An answer's content, read through <see cref="AttemptBody"/>.</summary>
    private sealed class AttemptContent : HttpContent
    {
        private readonly HttpContent _inner;
        private readonly AttemptEnd _end;
        private readonly DataPlane _plane;
        private readonly BodyPacer? _pacer;
        private AttemptBody? _body;

        public AttemptContent(HttpContent inner, AttemptEnd end, DataPlane plane, BodyPacer? pacer)
        {
            (_inner, _end, _plane, _pacer) = (inner, end, plane, pacer);
            foreach (var header in inner.Headers.NonValidated) Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(CreateContentReadStream(CancellationToken.None));

        protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => _body = new AttemptBody(_inner.ReadAsStream(cancellationToken), _end, _plane, _pacer);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await using var body = await CreateContentReadStreamAsync().ConfigureAwait(false);
            await body.CopyToAsync(stream).ConfigureAwait(false);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _body?.Dispose();
                _inner.Dispose();
                _end.Dropped();
            }
            base.Dispose(disposing);
        }
    }
}
