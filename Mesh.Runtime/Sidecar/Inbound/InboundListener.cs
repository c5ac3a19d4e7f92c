using System.Globalization;
using System.Text;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Security.Tls;
using Mesh.Runtime.Sidecar.Outbound;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Sidecar.Inbound;

/// <summary>Takes requests from the network through the inbound pipeline to the application.</summary>
/// <param name="proxy">The sidecar.</param>
/// <param name="pipeline">Its inbound pipeline.</param>
/// <param name="tokens">The tokens of its requests.</param>
internal sealed class InboundListener(LiveProxy proxy, InboundPipeline pipeline, InboundTokens tokens) : IRequestListener
{
    public async Task HandleAsync(HttpContext context)
    {
        long started = proxy.Node.Plane.Now;
        if (RequestGuard.Judge(context, proxy.Config.BodyBytes) is { } refusal)
        {
            await refusal.AnswerAsync(context).ConfigureAwait(false);
            return;
        }
        HopByHop.Clean(context.Request.Headers);
        ForwardedHeaders.Complete(context, proxy.Node.Keys, useRemoteAddress: false);
        RequestBody.Install(context);
        var call = new InboundCall(context, ResponseBody.Install(context, proxy.Node.Plane));
        context.Features.Set(call);
        var request = InboundHead.Read(call, proxy, PeerOf(context));
        call.Trace = proxy.Node.Telemetry.Tracing.BeginHop(Reporter.Destination, proxy.Id, request.Key, context.Request.Headers,
            static (headers, name) => headers.TryGetValue(name, out var values) ? values.ToString() : null);
        request.Token = await tokens.ReadAsync(request, context.RequestAborted).ConfigureAwait(false);
        var reply = await pipeline.HandleAsync(request, context.RequestAborted).ConfigureAwait(false);
        try
        {
            if (call.Refusal is { } body) await body.AnswerAsync(context).ConfigureAwait(false);
            else if (!call.WasForwarded) await AnswerAsync(context, reply).ConfigureAwait(false);
        }
        finally
        {
            if (proxy.Node.WantsRequests) proxy.Report(InboundFacts.Of(proxy, call, request, reply, started), call.Trace);
        }
    }

    private static string PeerOf(HttpContext context) => context.Features.Get<IPeerIdentityFeature>()?.Peer?.ToString() ?? "";

    /// <summary>The sidecar's own answer: a refusal, a fault, or that the application is not there.</summary>
    private static Task AnswerAsync(HttpContext context, in UpstreamReply reply)
    {
        if (context.RequestAborted.IsCancellationRequested) return Task.CompletedTask;
        if (reply.Flags.HasFlag(ResponseFlags.UR | ResponseFlags.FI))
        {
            context.Abort();
            return Task.CompletedTask;
        }
        string words = LocalAnswer.Words(reply.Status, reply.Flags);
        if (GrpcHeaders.IsGrpc(context.Request.ContentType)) return AnswerGrpcAsync(context, reply, words);

        var response = context.Response;
        response.StatusCode = reply.Status;
        if (reply.Flags != ResponseFlags.None) response.Headers[MeshHeaders.Flags] = reply.Flags.ToEnvoyText();
        if (reply.Hints.HasFlag(ReplyHints.Overloaded)) response.Headers[MeshHeaders.Overloaded] = "true";
        if (reply.RetryAfter > 0) response.Headers.RetryAfter = ((reply.RetryAfter + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond).ToString(CultureInfo.InvariantCulture);
        if (reply.Hints.HasFlag(ReplyHints.RateLimited)) response.Headers[MeshHeaders.RateLimited] = "true";
        if (words.Length == 0) return Task.CompletedTask;
        response.ContentType = "text/plain";
        response.ContentLength = Encoding.UTF8.GetByteCount(words);
        return response.Body.WriteAsync(Encoding.UTF8.GetBytes(words), context.RequestAborted).AsTask();
    }

    private static Task AnswerGrpcAsync(HttpContext context, in UpstreamReply reply, string words)
    {
        int status = reply.Status == 200 ? reply.GrpcStatus : GrpcHeaders.FromHttp(reply.Status);
        context.Response.ContentType = "application/grpc";
        context.Response.Headers[GrpcHeaders.Status] = status.ToString(CultureInfo.InvariantCulture);
        if (words.Length > 0) context.Response.Headers[GrpcHeaders.Message] = Uri.EscapeDataString(words);
        if (reply.Flags != ResponseFlags.None) context.Response.Headers[MeshHeaders.Flags] = reply.Flags.ToEnvoyText();
        return Task.CompletedTask;   // Kestrel ends it in one frame: headers and no body
    }
}
