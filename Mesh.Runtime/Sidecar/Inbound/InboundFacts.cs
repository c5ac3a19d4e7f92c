using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Sidecar.Inbound;

/// <summary>What the callee's sidecar tells of a finished request.</summary>
internal static class InboundFacts
{
    public static RequestFacts Of(LiveProxy proxy, InboundCall call, MeshRequest request, in UpstreamReply reply, long started)
    {
        var plane = proxy.Node.Plane;
        long now = plane.Now;
        return RequestHeads.Facts(call.Context, proxy.Node.Telemetry) with
        {
            Reporter = Reporter.Destination,
            Started = plane.Time.GetUtcNow() - TimeSpan.FromTicks(now - started),
            Duration = TimeSpan.FromTicks(now - started),
            UpstreamServiceTime = call.WasForwarded ? TimeSpan.FromTicks(now - started) : null,
            Status = reply.Status,
            GrpcStatus = GrpcHeaders.IsGrpc(call.Context.Request.ContentType) ? RequestHeads.GrpcStatusOf(call.Context) : null,
            Flags = reply.Flags,
            BytesReceived = call.Context.Features.Get<RequestBody>()?.Received ?? request.BodyBytes,
            BytesSent = call.Body.Sent,
            Source = LiveNode.WorkloadOf(request.CallerIdentity),
            Destination = proxy.Workload,
            MutualTls = request.CallerIdentity.Length > 0,
            UpstreamHost = proxy.Config.Inbound!.Application.ToString(),
            UpstreamFailure = call.Failure,
            TraceId = call.Trace.TraceId,
            SpanId = call.Trace.SpanId,
        };
    }
}
