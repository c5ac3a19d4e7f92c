using System.Globalization;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Sidecar.Outbound;
using Mesh.Runtime.Sidecar.Wire;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Runtime.Sidecar.Inbound;

/// <summary>The application that a sidecar stands before, on the same machine: YARP carries the request there and the answer back.</summary>
internal sealed class LocalApplication : IApplication, IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(4);   // below the 5 s of Node and others: a request that meets a closing connection fails
    private readonly IHttpForwarder _forwarder;
    private readonly string _address;
    private readonly TimeProvider _time;
    private readonly Transformer _heads;
    private readonly HttpMessageInvoker _client;

    /// <summary>The application at an address.</summary>
    public LocalApplication(IHttpForwarder forwarder, EndpointAddress address, int mark, TimeProvider time)
    {
        _forwarder = forwarder;
        _address = $"http://{address}";
        _time = time;
        _heads = new Transformer(time);
        _client = new HttpMessageInvoker(new PromptBodies(SocketClients.Create(ConnectTimeout, IdleTimeout, async (context, cancellation) =>
            new UpstreamStream(await SocketClients.ConnectAsync(context.DnsEndPoint, mark, cancellation).ConfigureAwait(false), null, null, time))));
    }

    public async ValueTask<UpstreamReply> HandleAsync(MeshRequest request, CancellationToken cancellation)
    {
        var call = (InboundCall)request.Message!;
        var context = call.Context;
        call.WasForwarded = true;
        call.Asked = _time.Ticks();
        call.Body.Fault = request.BodyFault;
        var error = await _forwarder.SendAsync(context, _address, _client, ForwarderRules.For(context), _heads, cancellation).ConfigureAwait(false);
        long bytes = call.Body.Sent;
        if (error == ForwarderError.None || IsAnswered(call, error))
            return new UpstreamReply(context.Response.StatusCode, ResponseFlags.None, bytes, Complete: true) { GrpcStatus = RequestHeads.GrpcStatusOf(context) ?? 0 };
        return Failed(call, error, bytes);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Whether the answer has gone to the client whole, though the request's body was not wanted to its end.</summary>
    private static bool IsAnswered(InboundCall call, ForwarderError error) =>
        error is ForwarderError.RequestBodyClient or ForwarderError.RequestBodyDestination or ForwarderError.RequestBodyCanceled
        && call.HasAnswer && !call.Context.RequestAborted.IsCancellationRequested;

    /// <summary>The application is not there, or broke off; or the client did.</summary>
    private static UpstreamReply Failed(InboundCall call, ForwarderError error, long bytes)
    {
        var context = call.Context;
        var exception = context.GetForwarderErrorFeature()?.Exception;
        call.Failure = exception?.GetBaseException().Message;
        if (context.RequestAborted.IsCancellationRequested && !call.Body.WasCut) return new UpstreamReply(0, ResponseFlags.DC, bytes, Complete: true);
        if ((call.Refusal = Refusal.OfBody(context, error)) is { } refusal) return new UpstreamReply(refusal.Status, ResponseFlags.None, 0, Complete: true);
        if (ForwarderRules.BreaksOff(context, error)) context.Abort();
        if (context.Response.HasStarted || error == ForwarderError.ResponseBodyDestination) return new UpstreamReply(context.Response.StatusCode, ResponseFlags.UC, bytes, Complete: true);
        call.WasForwarded = false;   // there is still time for an answer in words
        return exception is null ? UpstreamReply.ConnectFailure : UpstreamErrors.Reply(exception);
    }

    private sealed class Transformer(TimeProvider time) : HeadTransformer
    {
        protected override Uri TargetOf(HttpContext context, string destination, string path, string query) => Exactly(destination + path + query);

        protected override void Prepare(HttpContext context, HttpRequestMessage message)
        {
            var call = context.Features.Get<InboundCall>()!;
            ClientCertificateHeader.Write(message, context);
            call.Trace.Inject(message, static (to, name, value) => OutboundHead.Set(to.Headers, name, value), static (to, name) => to.Headers.Remove(name));
        }

        protected override void Finish(HttpContext context, HttpResponseMessage response)
        {
            var call = context.Features.Get<InboundCall>()!;
            call.HasAnswer = true;
            var headers = context.Response.Headers;
            headers.Remove(MeshHeaders.Flags);   // they would read as this sidecar's
            long ticks = time.Ticks() - call.Asked;
            headers[MeshHeaders.UpstreamServiceTime] = (ticks / TimeSpan.TicksPerMillisecond).ToString(CultureInfo.InvariantCulture);
        }
    }
}
