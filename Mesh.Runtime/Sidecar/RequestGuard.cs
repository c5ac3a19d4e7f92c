using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Mesh.Runtime.Sidecar;

/// <summary>
/// What is refused before anything looks at it: requests that another server could read in another way than this one (request smuggling, RFC 9112, 11.2).
/// Kestrel itself refuses bad syntax: bare line feeds, folded lines, a space before a colon, several lengths, bad chunks, an absolute target that is not the <c>Host</c>'s.
/// </summary>
internal static class RequestGuard
{
    private const string SetAside = "X-Content-Length";   // where Kestrel puts a Content-Length that it sets aside for the chunked coding
    private static readonly SearchValues<char> Control = SearchValues.Create([.. Enumerable.Range(0, 32).Where(code => code != '\t').Select(code => (char)code), '\x7f']);

    /// <summary>Why a request is refused; <c>null</c> where it is not.</summary>
    /// <param name="context">The request.</param>
    /// <param name="bodyBytes">The largest body that is taken; <c>null</c> for no bound.</param>
    public static Refusal? Judge(HttpContext context, long? bodyBytes)
    {
        var request = context.Request;
        if (request.Method == HttpMethods.Connect && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true, Protocol: "websocket" })
            return new Refusal(StatusCodes.Status405MethodNotAllowed, "CONNECT is not carried but for WebSockets: send plain HTTP to the sidecar, which does TLS itself");
        if (request.Headers.TransferEncoding is { Count: > 0 } coding && Judge(request, coding) is { } ambiguous) return ambiguous;
        if (request.ContentLength > bodyBytes)
            return new Refusal(StatusCodes.Status413PayloadTooLarge, $"the body has {request.ContentLength} bytes, and {bodyBytes} at most are taken here");
        foreach (var header in request.Headers)
        {
            foreach (string? value in header.Value)
            {
                if (value.AsSpan().ContainsAny(Control)) return new Refusal(StatusCodes.Status400BadRequest, $"the header '{header.Key}' contains a control character");
            }
        }
        return null;
    }

    private static Refusal? Judge(HttpRequest request, StringValues coding)
    {
        if (HttpProtocol.IsHttp10(request.Protocol)) return new Refusal(StatusCodes.Status400BadRequest, "HTTP/1.0 has no Transfer-Encoding");
        if (coding.Count > 1 || !string.Equals(coding[0], "chunked", StringComparison.OrdinalIgnoreCase))
            return new Refusal(StatusCodes.Status501NotImplemented, $"the transfer coding '{coding}' is not carried; 'chunked' alone is");
        return request.Headers.ContainsKey("Content-Length") || request.Headers.ContainsKey(SetAside)
            ? new Refusal(StatusCodes.Status400BadRequest, "both Content-Length and Transfer-Encoding are given: they say where the body ends in two ways")
            : null;
    }
}
