using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>What the caller's sidecar tells of a finished request.</summary>
internal static class OutboundFacts
{
    public static RequestFacts Of(LiveProxy proxy, HttpContext context, OutboundCall call)
    {
        var plane = proxy.Node.Plane;
        long now = plane.Now;
        var answer = call.Answer;
        return RequestHeads.Facts(context, proxy.Node.Telemetry) with
        {
            Reporter = Reporter.Source,
            Started = plane.Time.GetUtcNow() - TimeSpan.FromTicks(now - call.Began),
            Duration = TimeSpan.FromTicks(now - call.Began),
            UpstreamServiceTime = call.HasUpstreamAnswer ? TimeSpan.FromTicks(call.Answered - call.Began) : null,
            Status = answer.Status == 0 && context.Response.HasStarted ? context.Response.StatusCode : answer.Status,
            GrpcStatus = GrpcHeaders.IsGrpc(context.Request.ContentType) ? RequestHeads.GrpcStatusOf(context) : null,
            Flags = answer.Flags | call.BrokenBecause | (context.RequestAborted.IsCancellationRequested ? ResponseFlags.DC : ResponseFlags.None),
            BytesReceived = call.Body?.Received ?? 0,
            Source = proxy.Workload,
            Destination = proxy.Node.WorkloadOf(call.Endpoint, call.Service),
            MutualTls = call.MutualTls,
            Route = call.Request?.Route?.Name,
            UpstreamHost = call.Endpoint?.Address?.ToString(),
            UpstreamFailure = call.Failure,
            Attempts = call.Attempts,
            TraceId = call.Trace.TraceId,
            SpanId = call.Trace.SpanId,
        };
    }
}
