using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Runtime.Sidecar;

/// <summary>How heads change between a sidecar's client and what it sends on, on either side. YARP copies them; the rest is here.</summary>
internal abstract class HeadTransformer : HttpTransformer
{
    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
        proxyRequest.Headers.Host = httpContext.Request.Host.Value;   // which YARP leaves out
        proxyRequest.RequestUri = TargetOf(httpContext, destinationPrefix, RequestTarget.PathOf(httpContext), httpContext.Request.QueryString.Value ?? "");   // YARP's own would escape what is escaped
        HopByHop.Pass(httpContext.Request.Headers, proxyRequest);
        Prepare(httpContext, proxyRequest);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        bool copies = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false);
        if (proxyResponse is null) return copies;
        HopByHop.Clean(proxyResponse.Headers, httpContext.Response.Headers);
        Finish(httpContext, proxyResponse);
        if (!GoesAhead(httpContext, proxyResponse)) return copies;
        if (HttpProtocol.IsHttp11(httpContext.Request.Protocol) && proxyResponse.Headers.NonValidated.Contains("Trailer")) httpContext.Features.Get<ResponseBody>()!.Frame();
        await httpContext.Response.Body.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        return copies;
    }

    public override async ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        await base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false);
        await httpContext.Features.Get<ResponseBody>()!.EndAsync(proxyResponse.TrailingHeaders, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An address whose path and query stay as they are.</summary>
    public static Uri Exactly(string address) => new(address, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    /// <summary>Where the message goes.</summary>
    protected abstract Uri TargetOf(HttpContext context, string destination, string path, string query);

    /// <summary>The message before it is sent on.</summary>
    protected abstract void Prepare(HttpContext context, HttpRequestMessage message);

    /// <summary>The head of the response before the client gets it.</summary>
    protected abstract void Finish(HttpContext context, HttpResponseMessage response);

    /// <summary>
    /// Whether the head goes to the client at once. YARP sends it with the first bytes of the body, which an event stream may take its time for. A body whose length is known is at hand;
    /// and a gRPC status in the head says that there is none, which its client must see in the same frame.
    /// </summary>
    private static bool GoesAhead(HttpContext context, HttpResponseMessage response) =>
        (int)response.StatusCode is >= 200 and not (204 or 304)
        && context.Request.Method is not ("HEAD" or "CONNECT")
        && !response.Content.Headers.NonValidated.Contains("Content-Length")
        && !response.Headers.NonValidated.Contains(GrpcHeaders.Status);
}
