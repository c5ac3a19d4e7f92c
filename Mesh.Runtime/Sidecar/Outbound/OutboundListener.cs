using Mesh.Runtime.Proxy;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>Takes requests of the local application into the mesh: YARP, and under it <see cref="OutboundHandler"/>.</summary>
/// <param name="proxy">The sidecar.</param>
/// <param name="forwarder">YARP's forwarder.</param>
/// <param name="client">The handler as YARP calls it.</param>
/// <param name="service">The service that all requests go to; <c>null</c> goes by the authority.</param>
internal sealed class OutboundListener(LiveProxy proxy, IHttpForwarder forwarder, HttpMessageInvoker client, string? service) : IRequestListener
{
    private static readonly Transformer Transform = new();

    public async Task HandleAsync(HttpContext context)
    {
        long started = proxy.Node.Plane.Now;
        if (context.Request.Method == HttpMethods.Connect && !context.Request.Headers.ContainsKey(":protocol"))
        {
            await RefuseTunnelAsync(context).ConfigureAwait(false);
            return;
        }
        var call = new OutboundCall(service ?? ServiceNames.Of(context.Request.Host.Value, proxy.Node.Directory));
        context.Features.Set(call);
        ResponseBody.Install(context, proxy.Node.Plane);
        if (!context.Request.Headers.ContainsKey(MeshHeaders.RequestId)) context.Request.Headers[MeshHeaders.RequestId] = proxy.Node.Keys.NextRequestId();
        var error = await forwarder.SendAsync(context, "http://mesh", client, ForwarderRules.For(context), Transform, CancellationToken.None).ConfigureAwait(false);
        await FinishAsync(call, error).ConfigureAwait(false);
        proxy.Report(OutboundFacts.Of(proxy, context, call, started), call.Trace);
        call.Client?.Dispose();
    }

    /// <summary>The answer is with the client, or the client is gone: what is still under way ends.</summary>
    private static async Task FinishAsync(OutboundCall call, ForwarderError error)
    {
        if (call.Client is null) return;   // YARP never got to send it
        if (error != ForwarderError.None) await call.Client.CancelAsync().ConfigureAwait(false);
        await call.End.ConfigureAwait(false);
    }

    /// <summary>A tunnel would carry bytes that no policy could look at.</summary>
    private static async Task RefuseTunnelAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        context.Response.Headers.Allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
        await context.Response.WriteAsync("CONNECT is not carried: send plain HTTP to the sidecar, which does TLS itself").ConfigureAwait(false);
    }

    /// <summary>YARP's own transformation of heads, and the call that goes with the message.</summary>
    private sealed class Transformer : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
            proxyRequest.Options.Set(OutboundCall.Option, httpContext.Features.Get<OutboundCall>()!);
            proxyRequest.Headers.Host = httpContext.Request.Host.Value;   // which YARP leaves out
        }
    }
}
