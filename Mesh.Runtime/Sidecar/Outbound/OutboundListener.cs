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
    private static readonly Transformer Heads = new();

    public async Task HandleAsync(HttpContext context)
    {
        using var call = new OutboundCall(service ?? ServiceNames.Of(context.Request.Host.Value, proxy.Node.Directory), proxy.Node.Plane.Now);
        context.Features.Set(call);
        ResponseBody.Install(context, proxy.Node.Plane);
        try
        {
            if (RequestGuard.Judge(context, proxy.Config.BodyBytes) is { } refusal) await RefuseAsync(context, call, refusal).ConfigureAwait(false);
            else await ForwardAsync(context, call).ConfigureAwait(false);
        }
        finally
        {
            if (proxy.Node.WantsRequests) proxy.Report(OutboundFacts.Of(proxy, context, call), call.Trace);
        }
    }

    private async Task ForwardAsync(HttpContext context, OutboundCall call)
    {
        HopByHop.Clean(context.Request.Headers);
        ForwardedHeaders.Complete(context, proxy.Node.Keys, proxy.Config.UseRemoteAddress);
        var error = await forwarder.SendAsync(context, "http://mesh", client, ForwarderRules.For(context), Heads, CancellationToken.None).ConfigureAwait(false);
        if (Refusal.OfBody(context, error) is { } refusal) await RefuseAsync(context, call, refusal).ConfigureAwait(false);
        else if (ForwarderRules.BreaksOff(context, error)) context.Abort();
        if (call.Client is null) return;   // YARP never got to send it
        if (error != ForwarderError.None) await call.Client.CancelAsync().ConfigureAwait(false);   // what is still under way ends
        await call.End.ConfigureAwait(false);
    }

    private static Task RefuseAsync(HttpContext context, OutboundCall call, Refusal refusal)
    {
        call.Failure = refusal.Words;
        return refusal.AnswerAsync(context);
    }

    private sealed class Transformer : HeadTransformer
    {
        private static readonly Uri Mesh = new("http://mesh/");   // where to is decided later

        protected override Uri TargetOf(HttpContext context, string destination, string path, string query)
        {
            var call = context.Features.Get<OutboundCall>()!;
            (call.Path, call.Query) = (path, query);
            return Mesh;
        }

        protected override void Prepare(HttpContext context, HttpRequestMessage message) => message.Options.Set(OutboundCall.Option, context.Features.Get<OutboundCall>()!);

        protected override void Finish(HttpContext context, HttpResponseMessage response)
        {
        }
    }
}
