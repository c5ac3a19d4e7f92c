using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Sidecar.Outbound;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Runtime.Sidecar.Inbound;

/// <summary>The application that a sidecar stands before, on the same machine: YARP carries the request there and the answer back.</summary>
internal sealed class LocalApplication : IApplication, IDisposable
{
    private readonly IHttpForwarder _forwarder;
    private readonly string _address;
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        MaxResponseHeadersLength = 64,
    });

    /// <summary>The application at an address.</summary>
    public LocalApplication(IHttpForwarder forwarder, EndpointAddress address) => (_forwarder, _address) = (forwarder, $"http://{address}");

    public async ValueTask<UpstreamReply> HandleAsync(MeshRequest request, CancellationToken cancellation)
    {
        var call = (InboundCall)request.Message!;
        var context = call.Context;
        call.WasForwarded = true;
        call.Body.Fault = request.BodyFault;
        var error = await _forwarder.SendAsync(context, _address, _client, ForwarderRules.For(context), Transformer.One, cancellation).ConfigureAwait(false);
        long bytes = call.Body.Sent;
        if (error == ForwarderError.None)
            return new UpstreamReply(context.Response.StatusCode, ResponseFlags.None, bytes, Complete: true) { GrpcStatus = RequestHeads.GrpcStatusOf(context) ?? 0 };
        return Failed(call, bytes);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>The application is not there, or broke off.</summary>
    private static UpstreamReply Failed(InboundCall call, long bytes)
    {
        var context = call.Context;
        call.Failure = context.GetForwarderErrorFeature()?.Exception?.GetBaseException().Message;
        if (context.RequestAborted.IsCancellationRequested && !call.Body.WasCut) return new UpstreamReply(0, ResponseFlags.DC, bytes, Complete: true);
        if (context.Response.HasStarted) return new UpstreamReply(context.Response.StatusCode, ResponseFlags.UC, bytes, Complete: true);
        call.WasForwarded = false;   // there is still time for an answer in words
        return new UpstreamReply(503, ResponseFlags.UF, 0, Complete: true);
    }

    private sealed class Transformer : HttpTransformer
    {
        public static Transformer One { get; } = new();

        public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
            proxyRequest.Headers.Host = httpContext.Request.Host.Value;   // which YARP leaves out
            ClientCertificateHeader.Write(proxyRequest, httpContext);
            httpContext.Features.Get<InboundCall>()!.Trace.Inject(proxyRequest, static (message, name, value) => OutboundHead.Set(message.Headers, name, value));
        }
    }
}
