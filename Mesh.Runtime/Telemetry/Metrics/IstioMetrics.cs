using System.Diagnostics.Metrics;

namespace Mesh.Runtime.Telemetry.Metrics;

/// <summary>
/// Istio's standard metrics (istio.io, "Istio Standard Metrics") from finished requests and connections, so that dashboards and alerts
/// made for Istio work here.
/// </summary>
internal sealed class IstioMetrics
{
    private static readonly MetricDescription Requests = new("istio_requests_total", MetricKind.Counter, "Requests that a sidecar handled.", IstioLabels.Http);
    private static readonly MetricDescription Duration = new("istio_request_duration_milliseconds", MetricKind.Histogram, "Time from a request's first byte to its response's last, in milliseconds.", IstioLabels.Http);
    private static readonly MetricDescription RequestSize = new("istio_request_bytes", MetricKind.Histogram, "Bytes of request bodies.", IstioLabels.Http);
    private static readonly MetricDescription ResponseSize = new("istio_response_bytes", MetricKind.Histogram, "Bytes of response bodies.", IstioLabels.Http);
    private static readonly MetricDescription RequestMessages = new("istio_request_messages_total", MetricKind.Counter, "gRPC messages from clients.", IstioLabels.Http);
    private static readonly MetricDescription ResponseMessages = new("istio_response_messages_total", MetricKind.Counter, "gRPC messages from servers.", IstioLabels.Http);
    private static readonly MetricDescription TcpSent = new("istio_tcp_sent_bytes_total", MetricKind.Counter, "Bytes sent to clients over plain TCP.", IstioLabels.Common);
    private static readonly MetricDescription TcpReceived = new("istio_tcp_received_bytes_total", MetricKind.Counter, "Bytes received from clients over plain TCP.", IstioLabels.Common);
    private static readonly MetricDescription TcpOpened = new("istio_tcp_connections_opened_total", MetricKind.Counter, "Plain TCP connections opened.", IstioLabels.Common);
    private static readonly MetricDescription TcpClosed = new("istio_tcp_connections_closed_total", MetricKind.Counter, "Plain TCP connections closed.", IstioLabels.Common);

    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _requestSize;
    private readonly Histogram<double> _responseSize;
    private readonly Counter<long> _requestMessages;
    private readonly Counter<long> _responseMessages;
    private readonly Counter<long> _tcpSent;
    private readonly Counter<long> _tcpReceived;
    private readonly Counter<long> _tcpOpened;
    private readonly Counter<long> _tcpClosed;

    public IstioMetrics(Meter meter)
    {
        _requests = meter.Counter(Requests);
        _duration = meter.Histogram(Duration);
        _requestSize = meter.Histogram(RequestSize);
        _responseSize = meter.Histogram(ResponseSize);
        _requestMessages = meter.Counter(RequestMessages);
        _responseMessages = meter.Counter(ResponseMessages);
        _tcpSent = meter.Counter(TcpSent);
        _tcpReceived = meter.Counter(TcpReceived);
        _tcpOpened = meter.Counter(TcpOpened);
        _tcpClosed = meter.Counter(TcpClosed);
    }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<MetricDescription> All { get; } =
        [Requests, Duration, RequestSize, ResponseSize, RequestMessages, ResponseMessages, TcpSent, TcpReceived, TcpOpened, TcpClosed];

    public void On(RequestFacts facts)
    {
        var labels = IstioLabels.Fill(facts);
        if (facts.Method is null)
        {
            _tcpClosed.Add(1, labels);
            _tcpReceived.Add(facts.BytesReceived, labels);
            _tcpSent.Add(facts.BytesSent, labels);
            return;
        }
        _requests.Add(1, labels);
        _duration.Record(facts.Duration.TotalMilliseconds, labels);
        _requestSize.Record(facts.BytesReceived, labels);
        _responseSize.Record(facts.BytesSent, labels);
        if (!facts.IsGrpc) return;
        _requestMessages.Add(facts.RequestMessages, labels);
        _responseMessages.Add(facts.ResponseMessages, labels);
    }

    /// <summary>A plain TCP connection was opened; <see cref="On"/> tells of its end.</summary>
    public void OnOpened(RequestFacts connection) => _tcpOpened.Add(1, IstioLabels.Fill(connection));
}
