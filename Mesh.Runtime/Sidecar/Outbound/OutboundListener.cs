using Mesh.Runtime.Sidecar.Tcp.Interception;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
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

    /// <summary>Whom intercepted connections were going to; <c>null</c> where none are intercepted.</summary>
    public DestinationServices? Intercepted { get; init; }

    /// <summary>The way of intercepted requests that mean nobody in the mesh; <c>null</c> answers them with <c>NR</c>.</summary>
    public Passthrough? Others { get; init; }

    public Task HandleAsync(HttpContext context)
    {
        string called = service ?? ServiceNames.Of(context.Request.Host.Value, proxy.Node.Directory);
        if (Intercepted is null || proxy.Node.Directory.FindService(called) >= 0) return HandleAsync(context, called);
        var destination = context.Features.GetRequiredFeature<InterceptedConnection>().Destination;
        if (Intercepted.Find(destination) is { } meant) return HandleAsync(context, meant.Name);
        return Others is null || RequestGuard.Judge(context, proxy.Config.BodyBytes) is not null ? HandleAsync(context, called) : Others.HandleAsync(context, destination);
    }

    private async Task HandleAsync(HttpContext context, string called)
    {
        using var call = new OutboundCall(called, proxy.Node.Plane.Now);
        context.Features.Set(call);
        ResponseBody.Install(context, proxy.Node.Plane);
        if (GrpcHeaders.IsGrpc(context.Request.ContentType)) RequestBody.Install(context);   // other bodies are counted as they are taken in
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
