using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar.Outbound;

namespace Mesh.Runtime.Health.Live;

/// <summary>GET of a path (Envoy's <c>http_health_check</c>).</summary>
internal static class HttpProbe
{
    /// <summary>An answer with this header fails the check, whatever its status (Envoy): whoever sends it wants to be left alone, for it drains.</summary>
    public const string FailHeader = "x-envoy-immediate-health-check-fail";

    /// <summary>An answer that passes with this header finds the endpoint degraded (Envoy).</summary>
    public const string DegradedHeader = "x-envoy-degraded";

    public static async Task<CheckResult> AskAsync(ProbeWay way, Endpoint endpoint, HealthCheckConfig config, CancellationToken cancellation)
    {
        using var request = new AttemptMessage(HttpMethod.Get, new Uri($"{Scheme(way)}://{endpoint.Address}{config.Path}"), endpoint);
        request.Headers.UserAgent.ParseAdd("Envoy/HC");   // what servers and access logs know health checks by
        using var response = await way.Client.SendAsync(request, cancellation).ConfigureAwait(false);
        if (response.Headers.Contains(FailHeader) || !config.Expects((int)response.StatusCode)) return CheckResult.Failed;
        await response.Content.CopyToAsync(Stream.Null, cancellation).ConfigureAwait(false);   // read, the connection can be used again
        return response.Headers.Contains(DegradedHeader) ? CheckResult.Degraded : CheckResult.Passed;
    }

    internal static string Scheme(ProbeWay way) => way.Secure ? "https" : "http";
}
