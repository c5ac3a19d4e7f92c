using System.Net;
using System.Net.Sockets;
using Mesh.Runtime.Sidecar.Wire;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>Intercepted requests that mean nobody in the mesh: they go on, unchanged and once, to where their connection was going (Istio's <c>PassthroughCluster</c>).</summary>
internal sealed class Passthrough : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(1);
    private static readonly WorkloadFacts Destination = WorkloadFacts.Unknown with { Service = "PassthroughCluster" };
    private static readonly Transformer Heads = new();
    private readonly LiveProxy _proxy;
    private readonly IHttpForwarder _forwarder;
    private readonly HttpMessageInvoker _client;

    /// <summary>The way out of a sidecar.</summary>
    public Passthrough(LiveProxy proxy, IHttpForwarder forwarder)
    {
        _proxy = proxy;
        _forwarder = forwarder;
        _client = new HttpMessageInvoker(new PromptBodies(SocketClients.Create(ConnectTimeout, IdleTimeout, async (context, cancellation) =>
            new NetworkStream(await SocketClients.ConnectAsync(context.DnsEndPoint, proxy.Config.Mark, cancellation).ConfigureAwait(false), ownsSocket: true))));
    }

    /// <summary>Sends a request on and tells of it.</summary>
    /// <param name="context">The exchange with the client.</param>
    /// <param name="destination">Where it was going.</param>
    public async Task HandleAsync(HttpContext context, IPEndPoint destination)
    {
        var plane = _proxy.Node.Plane;
        long began = plane.Now;
        ResponseBody.Install(context, plane);
        HopByHop.Clean(context.Request.Headers);
        var error = await _forwarder.SendAsync(context, $"http://{destination}", _client, ForwarderRules.For(context), Heads, CancellationToken.None).ConfigureAwait(false);
        if (ForwarderRules.BreaksOff(context, error)) context.Abort();
        if (!_proxy.Node.WantsRequests) return;
        _proxy.Node.Report(RequestHeads.Facts(context, _proxy.Node.Telemetry) with
        {
            Started = plane.Time.GetUtcNow() - TimeSpan.FromTicks(plane.Now - began),
            Duration = TimeSpan.FromTicks(plane.Now - began),
            Status = context.Response.StatusCode,
            Flags = context.RequestAborted.IsCancellationRequested ? ResponseFlags.DC : error == ForwarderError.None ? ResponseFlags.None : ResponseFlags.UF,
            BytesReceived = context.Request.ContentLength ?? 0,
            Source = _proxy.Workload,
            Destination = Destination,
            UpstreamHost = destination.ToString(),
            UpstreamFailure = context.GetForwarderErrorFeature()?.Exception?.GetBaseException().Message,
            Attempts = 1,
        });
    }

    /// <summary>Closes its connections.</summary>
    public void Dispose() => _client.Dispose();

    private sealed class Transformer : HeadTransformer
    {
        protected override Uri TargetOf(HttpContext context, string destination, string path, string query) => Exactly(destination + path + query);

        protected override void Prepare(HttpContext context, HttpRequestMessage message)
        {
        }

        protected override void Finish(HttpContext context, HttpResponseMessage response)
        {
        }
    }
}
