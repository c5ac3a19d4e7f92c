using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Telemetry;

/// <summary>A small mesh and one of its requests.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Started = new(2026, 11, 26, 10, 15, 41, 310, TimeSpan.Zero);

    public static RequestFacts Request => new()
    {
        Reporter = Reporter.Source,
        Started = Started,
        Duration = TimeSpan.FromMilliseconds(12.7),
        UpstreamServiceTime = TimeSpan.FromMilliseconds(11.2),
        Method = "GET",
        Path = "/pay?id=7",
        Authority = "payments:8080",
        Protocol = "HTTP/1.1",
        Status = 200,
        BytesReceived = 14,
        BytesSent = 2048,
        Source = new WorkloadFacts { Workload = "cart", Namespace = "shop", Service = "cart", Version = "v1", Instance = "cart-1", Principal = "spiffe://mesh.local/ns/shop/sa/cart" },
        Destination = new WorkloadFacts { Workload = "payments", Namespace = "shop", Service = "payments", Version = "v2", Instance = "payments-v2-1", Principal = "spiffe://mesh.local/ns/shop/sa/payments" },
        MutualTls = true,
        Route = "default",
        UpstreamHost = "10.0.0.7:8443",
        UpstreamLocalAddress = "10.0.0.3:50412",
        DownstreamLocalAddress = "127.0.0.1:15001",
        DownstreamRemoteAddress = "127.0.0.1:40022",
        RequestId = "7f9c6d2e-0b4e-4a54-9d4c-0a3f5ed5a1f1",
        ForwardedFor = "192.0.2.4, 10.0.0.1",
        UserAgent = "curl/8.4.0",
        TraceId = "4bf92f3577b34da6a3ce929d0e0e4736",
        SpanId = "00f067aa0ba902b7",
        Attempts = 1,
    };

    /// <summary>A plain TCP connection that is over.</summary>
    public static RequestFacts Connection => new()
    {
        Reporter = Reporter.Destination, Started = Started, Duration = TimeSpan.FromSeconds(3), BytesReceived = 100, BytesSent = 900,
        Source = Request.Source, Destination = Request.Destination, MutualTls = true,
    };

    public static KeyedRandom Random => new(1);

    /// <summary>The services cart (proxy 0) and payments (proxy 1, endpoint 0).</summary>
    public static MeshDirectory Directory()
    {
        var directory = new MeshDirectory();
        directory.AddProxy("cart-1", "cart", "a");
        directory.AddProxy("payments-v2-1", "payments", "a");
        directory.AddEndpoint(id => new Endpoint { Id = id, Name = "payments-v2-1", Service = "payments", Version = "v2", Address = new EndpointAddress("10.0.0.7", 8443) });
        return directory;
    }

    public static LiveTelemetry Telemetry(TelemetryConfig config) => new(config, Directory(), Random, TimeProvider.System);

    /// <summary>A decision of cart's proxy about payments.</summary>
    public static MeshEvent Event(MeshEventKind kind, int outcome = 0, int attempt = 0, ulong request = 7, int proxy = 0, ResponseFlags flags = ResponseFlags.None, long duration = 0) => new()
    {
        At = 0, Kind = kind, Proxy = proxy, Service = 1, Class = -1, Request = request, Attempt = attempt, Endpoint = 0, Outcome = outcome, Flags = flags, Duration = duration,
    };
}
