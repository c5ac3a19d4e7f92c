using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Runtime.Sidecar;

/// <summary>What a request's head says to telemetry, on either side.</summary>
internal static class RequestHeads
{
    /// <summary>The facts that stand in the head and on the connection; the rest is the caller's to fill in.</summary>
    public static RequestFacts Facts(HttpContext context, LiveTelemetry telemetry)
    {
        var request = context.Request;
        return new RequestFacts
        {
            Reporter = Reporter.Source,
            Started = default,
            Duration = default,
            Source = WorkloadFacts.Unknown,
            Destination = WorkloadFacts.Unknown,
            Method = request.Method,
            Path = RequestTarget.PathOf(context) + request.QueryString.Value,
            Authority = request.Host.Value,
            Protocol = request.Protocol,
            IsGrpc = GrpcHeaders.IsGrpc(request.ContentType),
            BytesSent = context.Features.Get<ResponseBody>()?.Sent ?? 0,
            RequestMessages = context.Features.Get<RequestBody>()?.Messages ?? 0,
            ResponseMessages = context.Features.Get<ResponseBody>()?.Messages ?? 0,
            DownstreamLocalAddress = Address(context.Connection.LocalIpAddress, context.Connection.LocalPort),
            DownstreamRemoteAddress = Address(context.Connection.RemoteIpAddress, context.Connection.RemotePort),
            RequestId = request.Headers[MeshHeaders.RequestId],
            ForwardedFor = request.Headers["x-forwarded-for"],
            UserAgent = request.Headers.UserAgent,
            RequestHeaders = Pick(request.Headers, telemetry.LoggedRequestHeaders),
            ResponseHeaders = Pick(context.Response.Headers, telemetry.LoggedResponseHeaders),
        };
    }

    /// <summary>The gRPC status of an answer that has been sent: in its trailers, or in its head; <c>null</c> where it has none.</summary>
    public static int? GrpcStatusOf(HttpContext context) =>
        GrpcHeaders.Read(context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is { } trailers ? trailers[GrpcHeaders.Status] : default)
        ?? GrpcHeaders.Read(context.Response.Headers[GrpcHeaders.Status]);

    private static IReadOnlyList<KeyValuePair<string, string>> Pick(IHeaderDictionary headers, IReadOnlyList<string> names) =>
        names.Count == 0 ? [] : [.. names.Where(headers.ContainsKey).Select(name => new KeyValuePair<string, string>(name, headers[name].ToString()))];

    private static string? Address(System.Net.IPAddress? address, int port) => address is null ? null : new System.Net.IPEndPoint(address, port).ToString();
}
