using Mesh.Runtime.Model;
using Mesh.Runtime.Routing;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>What a route does with a request before its first attempt: answers it, or chooses its version, changes its head and sends a copy.</summary>
internal static class RouteActions
{
    /// <summary>Applies the route; the proxy's own answer, or <c>null</c> when the request goes on.</summary>
    public static AttemptResult? Apply(Exchange exchange)
    {
        var route = exchange.Route;
        if (route.IsPlain) return null;
        if (route.Redirect is { } redirect)
        {
            var elsewhere = exchange.Local(redirect.Status, ResponseFlags.None);
            exchange.Reply = new UpstreamReply(redirect.Status, ResponseFlags.None, 0, Complete: true) { Headers = [new("location", route.Location(exchange.Request))] };
            return elsewhere;
        }
        if (route.DirectResponse is { } direct)
        {
            var answer = exchange.Local(direct.Status, ResponseFlags.None);
            exchange.Reply = new UpstreamReply(direct.Status, ResponseFlags.None, direct.BodyBytes, Complete: true);
            return answer;
        }
        exchange.Subset = route.Choose(exchange.Pipeline.Plane.Random, exchange.Request);
        ChangeHead(route, exchange.Request, exchange.Pipeline.Plane.Directory);
        if (route.Mirrors(exchange.Pipeline.Plane.Random, exchange.Request)) Copy(exchange, route.Mirror!);
        return null;
    }

    /// <summary>The headers that the caller gets: the answer's, whoever gave it, after the route's changes, as in Envoy.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> ResponseHeaders(Exchange exchange) =>
        exchange.Route?.ResponseHeaders is { } edits ? HeaderEdits.Apply(edits, exchange.Reply.Headers) : exchange.Reply.Headers;

    private static void ChangeHead(RouteModel route, MeshRequest request, MeshDirectory directory)
    {
        if (route.RequestHeaders is { } edits) request.Headers = HeaderEdits.Apply(edits, request.Headers);
        if (route.Rewrite is not { } rewrite) return;
        request.Authority = rewrite.Authority ?? request.Authority;
        request.Class = route.Rewritten(request.Class, directory);
    }

    /// <summary>The copy is what the request is after its changes, as in Envoy.</summary>
    private static void Copy(Exchange exchange, MirrorConfig mirror)
    {
        var pipeline = exchange.Pipeline;
        var target = RouteModel.Mirrored(exchange.Request.Class, mirror, pipeline.Plane.Directory);
        if (pipeline.Find(target.ServiceId) is { } service) Mirroring.Send(exchange, service, target, mirror.Version);
    }
}
