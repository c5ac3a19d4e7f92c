using System.Net;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Runtime.Sidecar;

/// <summary>How YARP forwards here: time-outs are the mesh's, and a request goes on in the protocol that it came in.</summary>
internal static class ForwarderRules
{
    private static readonly ForwarderRequestConfig Http1 = new() { ActivityTimeout = Timeout.InfiniteTimeSpan, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
    private static readonly ForwarderRequestConfig Http2 = new() { ActivityTimeout = Timeout.InfiniteTimeSpan, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

    public static ForwarderRequestConfig For(HttpContext context) => HttpProtocol.IsHttp2(context.Request.Protocol) ? Http2 : Http1;

    /// <summary>Whether a body broke off before its first byte: its head was an answer, which YARP's 502 would put another in the place of.</summary>
    public static bool BreaksOff(HttpContext context, ForwarderError error) =>
        error is ForwarderError.ResponseBodyDestination or ForwarderError.ResponseBodyCanceled && !context.Response.HasStarted;
}
