using System.Net;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.Model;
using Mesh.Runtime.Sidecar.Tcp.Interception;

namespace Mesh.Runtime.Sidecar;

/// <summary>One sidecar of the live data plane: where it listens, and whom it stands before.</summary>
public sealed record LiveProxyConfig
{
    /// <summary>Its name: the replica's, or <c>ingress</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The service whose traffic it sends and takes.</summary>
    public required string Service { get; init; }

    /// <summary>The zone that it stands in; empty where zones are not used.</summary>
    public string Zone { get; init; } = "";

    /// <summary>The version of its service, for telemetry. Default <c>v1</c>.</summary>
    public string Version { get; init; } = "v1";

    /// <summary>Its SPIFFE identity; empty without one.</summary>
    public string Identity { get; init; } = "";

    /// <summary>The workload, as routes may ask for it.</summary>
    public CallerInfo Caller { get; init; } = CallerInfo.Unknown;

    /// <summary>Where it takes requests for its application; <c>null</c> where it only sends.</summary>
    public InboundConfig? Inbound { get; init; }

    /// <summary>Where its application hands it requests.</summary>
    public IReadOnlyList<OutboundConfig> Outbound { get; init; } = [];

    /// <summary>Bytes of a request's body that are kept for retries, hedges and copies; a larger body is sent once. Default 64 KiB (Linkerd).</summary>
    public int ReplayBytes { get; init; } = 64 * 1024;

    /// <summary>Largest head of a request. Default 60 KiB (Envoy's <c>max_request_headers_kb</c>).</summary>
    public int HeadBytes { get; init; } = 60 * 1024;

    /// <summary>Most headers in a request. Default 100 (Envoy).</summary>
    public int HeaderCount { get; init; } = 100;

    /// <summary>Largest body of a request; <c>null</c> for no bound, as in Envoy: bodies are streamed, and never kept beyond <see cref="ReplayBytes"/>.</summary>
    public long? BodyBytes { get; init; }

    /// <summary>How long a request's head may take to arrive, from its first byte. Default 30 s (Kestrel; Envoy's <c>request_headers_timeout</c> is off).</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a client's connection may be open without a request; one that sends nothing at all is closed after it too. Default 1 h (Envoy's <c>idle_timeout</c>).</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Whether clients are not the sidecar's own application, as at an ingress: their address is added to <c>x-forwarded-for</c>, and what they say in <c>x-forwarded-proto</c> does not count
    /// (Envoy's <c>use_remote_address</c>). Default false.
    /// </summary>
    public bool UseRemoteAddress { get; init; }

    /// <summary>The mark (<c>SO_MARK</c>) of the connections that it opens, by which interception lets them pass; it takes CAP_NET_ADMIN to set one. Default 0: none.</summary>
    public int Mark { get; init; }

    /// <summary>How long it waits before it tries again to reach its control plane. Default 100 ms, doubling to 5 s.</summary>
    public ReconnectOptions Reconnect { get; init; } = new() { Max = TimeSpan.FromSeconds(5) };

    /// <summary>How long requests in progress may take when the sidecar stops. Default 5 s (Istio's <c>terminationDrainDuration</c>).</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>The inbound side of a sidecar.</summary>
public sealed record InboundConfig
{
    /// <summary>Where it listens; port 0 asks for a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Where the application listens.</summary>
    public required EndpointAddress Application { get; init; }

    /// <summary>The endpoint's id in the <see cref="MeshDirectory"/>, which the events of the inbound side name.</summary>
    public int EndpointId { get; init; } = -1;

    /// <summary>What is spoken. Default HTTP/1.1 and HTTP/2, told apart by the first bytes.</summary>
    public ListenerProtocol Protocol { get; init; }
}

/// <summary>One listener for the application's own requests.</summary>
public sealed record OutboundConfig
{
    /// <summary>Where it listens; port 0 asks for a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>
    /// The service that every request goes to; <c>null</c> goes by the authority (<c>Host</c>): <c>cart</c>, <c>cart.shop</c>, <c>cart.shop.svc.cluster.local</c>, with or without a port.
    /// Such a listener is an HTTP proxy too (<c>HTTP_PROXY</c>).
    /// </summary>
    public string? Service { get; init; }

    /// <summary>
    /// Where connections come here by transparent interception (<see cref="InterceptionRules"/>): what becomes of those to addresses that the mesh does not know. HTTP goes by the authority, and where that names
    /// no service by the address that the connection was going to; plain TCP by the address alone. Who calls the listener itself is broken off. Default <c>null</c>: whoever comes here meant to.
    /// </summary>
    public UnknownDestinations? Intercepted { get; init; }

    /// <summary>What is spoken. Default HTTP/1.1 and HTTP/2, told apart by the first bytes. Plain TCP needs a <see cref="Service"/>, or interception.</summary>
    public ListenerProtocol Protocol { get; init; }
}

/// <summary>What a listener speaks.</summary>
public enum ListenerProtocol
{
    /// <summary>HTTP/1.1, HTTP/2, gRPC, WebSocket.</summary>
    Http,

    /// <summary>Bytes both ways: connections are balanced, requests are not seen.</summary>
    Tcp,
}
