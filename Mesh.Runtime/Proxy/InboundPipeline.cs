using System.Runtime.CompilerServices;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// The callee's sidecar. Outermost first: telemetry, then the application.
/// Identity, authorization, limits and server faults take their places between the two.
/// </summary>
public sealed class InboundPipeline
{
    private readonly DataPlane _plane;
    private readonly int _proxyId;
    private readonly int _endpointId;
    private readonly IApplication _application;

    /// <summary>The inbound side of one proxy.</summary>
    /// <param name="plane">What all proxies share.</param>
    /// <param name="proxyId">The proxy's id in the <see cref="MeshDirectory"/>.</param>
    /// <param name="endpointId">The id of the endpoint that it stands before.</param>
    /// <param name="application">The application.</param>
    public InboundPipeline(DataPlane plane, int proxyId, int endpointId, IApplication application)
    {
        _plane = plane;
        _proxyId = proxyId;
        _endpointId = endpointId;
        _application = application;
    }

    /// <summary>Takes a request from the network to the application. Completes with the application's answer; never throws.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Cancelled when the caller has given up.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UpstreamReply> HandleAsync(MeshRequest request, CancellationToken cancellation)
    {
        long started = _plane.Now;
        (ulong key, int attempt, var target) = (request.Key, request.Attempt, request.Class);   // the caller may give up and use the request again
        Report(MeshEventKind.InboundStarted, target, key, attempt, started, 0, 0, request.BodyBytes);
        var reply = await _application.HandleAsync(request, cancellation).ConfigureAwait(false);
        long now = _plane.Now;
        Report(MeshEventKind.InboundEnded, target, key, attempt, now, reply.Status, now - started, reply.BodyBytes);
        return reply;
    }

    private void Report(MeshEventKind kind, RequestClass target, ulong key, int attempt, long now, int status, long duration, long bytes) =>
        _plane.Events.On(new MeshEvent
        {
            At = now,
            Kind = kind,
            Proxy = _proxyId,
            Service = target.ServiceId,
            Class = target.Id,
            Request = key,
            Attempt = attempt,
            Endpoint = _endpointId,
            Outcome = status,
            Duration = duration,
            Bytes = bytes,
        });
}
