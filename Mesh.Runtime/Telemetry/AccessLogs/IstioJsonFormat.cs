using System.Buffers;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>Istio's JSON encoding of access logs, with its keys in its order; <c>null</c> for what is not known.</summary>
internal sealed class IstioJsonFormat : ILogFormat
{
    private readonly JsonLine _line = new();

    public IReadOnlyList<string> RequestHeaders => [];

    public IReadOnlyList<string> ResponseHeaders => [];

    public void Write(RequestFacts facts, IBufferWriter<byte> output)
    {
        var json = _line.Begin(output);
        _line.Time("start_time", facts.Started);
        json.WriteString("route_name", LogFields.Route(facts));
        json.WriteString("method", facts.Method);
        json.WriteString("path", PathText.Safe(facts.Path));
        json.WriteString("protocol", facts.Protocol);
        json.WriteNumber("response_code", facts.Status);
        json.WriteString("response_flags", FlagTexts.Of(facts.Flags));
        json.WriteString("response_code_details", ResponseDetails.Of(facts));
        json.WriteString("connection_termination_details", facts.Termination);
        json.WriteNumber("bytes_received", facts.BytesReceived);
        json.WriteNumber("bytes_sent", facts.BytesSent);
        json.WriteNumber("duration", LogFields.Milliseconds(facts.Duration)!.Value);
        json.WriteString("upstream_service_time", LogFields.Milliseconds(facts.UpstreamServiceTime)?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        json.WriteString("x_forwarded_for", facts.ForwardedFor);
        json.WriteString("user_agent", facts.UserAgent);
        json.WriteString("request_id", facts.RequestId);
        json.WriteString("authority", facts.Authority);
        json.WriteString("upstream_host", facts.UpstreamHost);
        json.WriteString("upstream_cluster", LogFields.Cluster(facts));
        json.WriteString("upstream_local_address", facts.UpstreamLocalAddress);
        json.WriteString("downstream_local_address", facts.DownstreamLocalAddress);
        json.WriteString("downstream_remote_address", facts.DownstreamRemoteAddress);
        json.WriteString("requested_server_name", facts.RequestedServerName);
        json.WriteString("upstream_transport_failure_reason", facts.UpstreamFailure);
        _line.End(output);
    }
}
