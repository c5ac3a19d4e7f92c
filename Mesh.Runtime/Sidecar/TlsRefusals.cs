using Mesh.Runtime.Security.Tls;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Sidecar;

/// <summary>How the access log tells of a connection that mutual TLS did not let in: a line of its own, for no request came.</summary>
internal static class TlsRefusals
{
    /// <summary>Tells of one.</summary>
    public static void Report(LiveProxy proxy, in RefusedConnection refused) => proxy.Node.Telemetry.TlsRefused(
        new RequestFacts
        {
            Reporter = Reporter.Destination,
            Started = proxy.Node.Plane.Time.GetUtcNow(),
            Duration = TimeSpan.Zero,
            Source = WorkloadFacts.Unknown,
            Destination = proxy.Workload,
            Flags = refused.Why == TlsRefusal.PlainText ? ResponseFlags.NR : ResponseFlags.None,
            Termination = Words(refused.Why),
            DownstreamFailure = refused.Detail,
            DownstreamLocalAddress = refused.To?.ToString(),
            DownstreamRemoteAddress = refused.From?.ToString(),
        },
        proxy.Id,
        refused.Why);

    /// <summary>Envoy's words, where it has some: plain text meets no filter chain of a strict listener, and a handshake that takes too long runs into the transport socket's time-out.</summary>
    private static string Words(TlsRefusal why) => why switch
    {
        TlsRefusal.PlainText => "filter_chain_not_found",
        TlsRefusal.TooSlow => "transport_socket_timeout",
        _ => $"tls_refused{{{why}}}",
    };
}
