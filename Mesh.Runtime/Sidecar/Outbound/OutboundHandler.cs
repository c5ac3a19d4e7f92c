using System.Globalization;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>
/// What stands under YARP in place of a client: YARP carries messages between the client and this handler, and the mesh's own pipeline decides where they go, how often, and what is answered instead.
/// </summary>
/// <param name="proxy">The sidecar.</param>
internal sealed class OutboundHandler(LiveProxy proxy) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(OutboundCall.Option, out var call)) throw new InvalidOperationException("a message that did not come through the outbound listener");
        call.Begin(request, OutboundHead.Read(request, call, proxy), proxy.Config.ReplayBytes, cancellationToken);
        call.Trace = proxy.Node.Telemetry.Tracing.BeginHop(Reporter.Source, proxy.Id, call.Request.Key, request.Headers,
            static (headers, name) => headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null);
        var answer = await proxy.Outbound.SendAsync(call.Request, call.Client.Token).ConfigureAwait(false);
        object? message = answer.Message;   // valid until the answer's end has been awaited, which begins below
        call.HasAnswer(answer, proxy.Node.Plane.Now);
        if (answer.Status == 0) throw new OperationCanceledException("the client gave up", cancellationToken);

        var response = message is HttpResponseMessage upstream ? Upstream(upstream, call.Answered - call.Began) : LocalAnswer.Create(call, answer);
        response.RequestMessage = request;
        if (call.Request.Route?.ResponseHeaders is { } edits) Edit(response, edits);
        return response;
    }

    /// <summary>Flags that an upstream writes are its own affair, and would read as this sidecar's.</summary>
    private static HttpResponseMessage Upstream(HttpResponseMessage response, long ticks)
    {
        response.Headers.Remove(MeshHeaders.Flags);
        response.Headers.Remove(MeshHeaders.UpstreamServiceTime);
        response.Headers.TryAddWithoutValidation(MeshHeaders.UpstreamServiceTime, (ticks / TimeSpan.TicksPerMillisecond).ToString(CultureInfo.InvariantCulture));
        return response;
    }

    private static void Edit(HttpResponseMessage response, Model.HeaderEditsConfig edits)
    {
        foreach (string name in edits.Remove.Concat(edits.Set.Select(header => header.Key)))
        {
            response.Headers.Remove(name);
            response.Content.Headers.Remove(name);
        }
        foreach (var header in edits.Set.Concat(edits.Add))
        {
            if (!response.Headers.TryAddWithoutValidation(header.Key, header.Value)) response.Content.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }
    }
}
