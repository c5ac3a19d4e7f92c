using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar.Outbound;
using Mesh.Runtime.Sidecar.Tcp;

namespace Mesh.Runtime.Health.Live;

/// <summary>The ways of one proxy to an endpoint, with its own identity.</summary>
/// <param name="Client">HTTP, over the connections that the proxy keeps to the endpoint. It is given <see cref="AttemptMessage"/>s, and not disposed of.</param>
/// <param name="Secure">Whether the client puts TLS on them.</param>
/// <param name="Dialer">TCP, with TLS where the endpoint is spoken to in it.</param>
internal sealed record ProbeWay(HttpMessageInvoker Client, bool Secure, TcpDialer Dialer);

/// <summary>Active health checks over real sockets: HTTP, gRPC's health protocol, TCP.</summary>
/// <param name="ways">The ways of a proxy to an endpoint; <c>null</c> while the proxy does not run.</param>
internal sealed class LiveHealthProbe(Func<int, Endpoint, ProbeWay?> ways) : IHealthProbe
{
    /// <inheritdoc/>
    public async ValueTask<CheckResult> ProbeAsync(int proxyId, Endpoint endpoint, HealthCheckConfig config, int number, CancellationToken cancellation)
    {
        if (endpoint.Address is null) return CheckResult.NoAnswer;
        if (ways(proxyId, endpoint) is not { } way) return CheckResult.NotMade;
        try
        {
            return await (config.Protocol switch
            {
                HealthCheckProtocol.Grpc => GrpcProbe.AskAsync(way, endpoint, config, cancellation),
                HealthCheckProtocol.Tcp => TcpProbe.AskAsync(way, endpoint, config, cancellation),
                _ => HttpProbe.AskAsync(way, endpoint, config, cancellation),
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or InvalidOperationException)
        {
            return CheckResult.NoAnswer;   // no connection, a reset, or the time was up
        }
    }
}
