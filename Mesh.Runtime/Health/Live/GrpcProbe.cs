using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar.Outbound;
using HealthClient = Grpc.Health.V1.Health.HealthClient;

namespace Mesh.Runtime.Health.Live;

/// <summary>gRPC's health protocol (Envoy's <c>grpc_health_check</c>): SERVING passes, any other answer fails at once.</summary>
internal static class GrpcProbe
{
    public static async Task<CheckResult> AskAsync(ProbeWay way, Endpoint endpoint, HealthCheckConfig config, CancellationToken cancellation)
    {
        using var handler = new BorrowedHandler(way.Client, endpoint);
        using var channel = GrpcChannel.ForAddress($"{HttpProbe.Scheme(way)}://{endpoint.Address}", new GrpcChannelOptions { HttpHandler = handler });
        try
        {
            var answer = await new HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = config.Service }, cancellationToken: cancellation).ConfigureAwait(false);
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving ? CheckResult.Passed : CheckResult.Failed;
        }
        catch (RpcException e)
        {
            // A status that the endpoint sent is an answer; one that stands for an exception on this side is none.
            return e.Status.DebugException is null && !cancellation.IsCancellationRequested ? CheckResult.Failed : CheckResult.NoAnswer;
        }
    }

    /// <summary>Sends through a client that stays its owner's, and says for which endpoint.</summary>
    private sealed class BorrowedHandler(HttpMessageInvoker client, Endpoint endpoint) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var message = new AttemptMessage(request.Method, request.RequestUri!, endpoint) { Content = request.Content, Version = request.Version, VersionPolicy = request.VersionPolicy };
            foreach (var (name, values) in request.Headers.NonValidated) message.Headers.TryAddWithoutValidation(name, values);
            return client.SendAsync(message, cancellationToken);
        }
    }
}
