using System.Globalization;
using System.Net;
using System.Text;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>Answers that the sidecar gives itself: they are responses, with Envoy's words, and never exceptions that YARP would turn into 502.</summary>
internal static class LocalAnswer
{
    /// <summary>The answer to a call that no upstream's stands for.</summary>
    public static HttpResponseMessage Create(OutboundCall call, in MeshResponse answer)
    {
        bool grpc = GrpcHeaders.IsGrpc(call.Head.Content?.Headers.ContentType?.MediaType);
        var response = grpc ? Grpc(answer) : Plain(answer, call);
        response.Version = call.Head.Version;
        if (answer.Flags != ResponseFlags.None) response.Headers.TryAddWithoutValidation(MeshHeaders.Flags, answer.Flags.ToEnvoyText());
        return response;
    }

    /// <summary>Envoy's words for what its flags say.</summary>
    public static string Words(int status, ResponseFlags flags) => flags switch
    {
        _ when flags.HasFlag(ResponseFlags.FI) => flags.HasFlag(ResponseFlags.UR) ? "upstream connect error or disconnect/reset before headers. reset reason: injected reset" : "fault filter abort",
        _ when flags.HasFlag(ResponseFlags.UH) => "no healthy upstream",
        _ when flags.HasFlag(ResponseFlags.UO) => "upstream connect error or disconnect/reset before headers. reset reason: overflow",
        _ when flags.HasFlag(ResponseFlags.CO) => "the circuit breaker is open",
        _ when flags.HasFlag(ResponseFlags.UF) => "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
        _ when flags.HasFlag(ResponseFlags.UC) => "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
        _ when flags.HasFlag(ResponseFlags.UR) => "upstream connect error or disconnect/reset before headers. reset reason: remote reset",
        _ when flags.HasFlag(ResponseFlags.UT) => "upstream request timeout",
        _ when flags.HasFlag(ResponseFlags.RL) => "local_rate_limited",
        _ when flags.HasFlag(ResponseFlags.DO) => "dropped by admission control",
        _ when flags.HasFlag(ResponseFlags.OM) => "overloaded",
        _ when flags.HasFlag(ResponseFlags.NR) => "no such service in the mesh",
        _ when flags.HasFlag(ResponseFlags.UAEX) => status == 401 ? "Jwt is missing or not valid" : "RBAC: access denied",
        _ => "",
    };

    /// <summary>A gRPC client reads a status, not HTTP's.</summary>
    private static HttpResponseMessage Grpc(in MeshResponse answer)
    {
        var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };
        response.Content.Headers.TryAddWithoutValidation("Content-Type", "application/grpc");
        int status = answer.Status == 200 ? answer.GrpcStatus : GrpcHeaders.FromHttp(answer.Status);
        response.Headers.TryAddWithoutValidation(GrpcHeaders.Status, status.ToString(CultureInfo.InvariantCulture));
        response.Headers.TryAddWithoutValidation(GrpcHeaders.Message, Uri.EscapeDataString(Words(answer.Status, answer.Flags)));
        return response;
    }

    private static HttpResponseMessage Plain(in MeshResponse answer, OutboundCall call)
    {
        var response = new HttpResponseMessage((HttpStatusCode)answer.Status);
        if (call.Request.Route is { Redirect: not null } redirect && answer.Flags == ResponseFlags.None)
        {
            response.Headers.TryAddWithoutValidation("Location", redirect.Location(call.Request) + call.Query);
            response.Content = new ByteArrayContent([]) { Headers = { ContentLength = 0 } };
            return response;
        }
        string words = Words(answer.Status, answer.Flags);
        byte[] body = answer.BodyBytes > 0 ? new byte[answer.BodyBytes] : Encoding.UTF8.GetBytes(words);
        response.Content = new ByteArrayContent(body) { Headers = { ContentLength = body.Length } };
        if (words.Length > 0) response.Content.Headers.TryAddWithoutValidation("Content-Type", "text/plain");
        if (answer.GrpcStatus > 0) response.Headers.TryAddWithoutValidation(GrpcHeaders.Status, answer.GrpcStatus.ToString(CultureInfo.InvariantCulture));
        return response;
    }
}
