using System.Diagnostics;
using System.Globalization;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Telemetry.Tracing;

/// <summary>What spans say: OpenTelemetry's names for HTTP, Envoy's for what only a proxy knows.</summary>
internal static class SpanFields
{
    public static void Hop(Activity span, RequestFacts facts)
    {
        bool caller = facts.Reporter == Reporter.Source;
        span.DisplayName = $"{facts.Method ?? "TCP"} {facts.Destination.Service}";
        Set(span, "http.request.method", facts.Method);
        if (facts.Method is not null) span.SetTag("http.response.status_code", facts.Status);
        Set(span, "url.path", PathText.WithoutQuery(facts.Path));
        Set(span, "server.address", facts.Authority);
        Set(span, "user_agent.original", facts.UserAgent);
        Set(span, "network.protocol.version", facts.Protocol?.StartsWith("HTTP/", StringComparison.Ordinal) == true ? facts.Protocol["HTTP/".Length..] : null);
        Set(span, "guid:x-request-id", facts.RequestId);
        Set(span, "peer.service", caller ? facts.Destination.Service : facts.Source.Service);
        Set(span, "upstream_cluster", facts.UpstreamCluster ?? facts.Destination.Service);
        Set(span, "meshlab.route", string.IsNullOrEmpty(facts.Route) ? null : facts.Route);
        span.SetTag("http.request.body.size", facts.BytesReceived);
        span.SetTag("http.response.body.size", facts.BytesSent);
        span.SetTag("response_flags", FlagTexts.Of(facts.Flags));
        if (facts.GrpcStatus is { } grpc) span.SetTag("rpc.grpc.status_code", grpc);
        bool failed = facts.Status == 0 || facts.Status >= (caller ? 400 : 500) || facts.GrpcStatus > 0;
        if (failed && facts.Method is not null) span.SetStatus(ActivityStatusCode.Error, facts.UpstreamFailure);
    }

    public static void AttemptBegun(Activity span, in MeshEvent e, string service, Endpoint? endpoint)
    {
        span.DisplayName = $"{service} attempt {e.Attempt.ToString(CultureInfo.InvariantCulture)}";
        span.SetTag("retry.attempt", e.Attempt);
        span.SetTag("peer.service", service);
        span.SetTag("upstream_cluster", service);
        Set(span, "meshlab.endpoint", endpoint?.Name);
        if (endpoint?.Address is not { } address) return;
        span.SetTag("server.address", address.Host);
        span.SetTag("server.port", address.Port);
    }

    public static void AttemptEnded(Activity span, in MeshEvent e)
    {
        span.SetTag("http.response.status_code", e.Outcome);
        span.SetTag("response_flags", FlagTexts.Of(e.Flags));
        if (e.Outcome is 0 or >= 400) span.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>What a decision adds to a span, or <c>null</c> for nothing.</summary>
    public static ActivityEvent? Event(in MeshEvent e, DateTimeOffset now) => e.Kind switch
    {
        MeshEventKind.FaultInjected => new("fault injected", now, new() { { "fault.kind", ((FaultKind)e.Outcome).ToString() }, { "fault.delay_ms", Milliseconds(e.Duration) } }),
        MeshEventKind.RetryScheduled => new("retry scheduled", now, new() { { "http.response.status_code", e.Outcome }, { "backoff_ms", Milliseconds(e.Duration) } }),
        MeshEventKind.RetryRefused => new("retry refused", now, new() { { "http.response.status_code", e.Outcome }, { "response_flags", FlagTexts.Of(e.Flags) } }),
        MeshEventKind.HedgeStarted => new("hedge started", now),
        MeshEventKind.Mirrored => new("mirrored", now),
        MeshEventKind.ConnectionOpened => new("connection opened", now),
        _ => null,
    };

    private static double Milliseconds(long ticks) => ticks / (double)TimeSpan.TicksPerMillisecond;

    private static void Set(Activity span, string name, string? value)
    {
        if (value is not null) span.SetTag(name, value);
    }
}
