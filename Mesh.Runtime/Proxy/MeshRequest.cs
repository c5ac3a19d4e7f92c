using System.Net;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// A request as the mesh sees it. Head only: the body stays with whoever owns it, here is its size.
/// The caller owns the object and may use it again once the response has ended.
/// </summary>
public sealed class MeshRequest
{
    /// <summary>What is called: service and path. A route may rewrite the path on the way, and change the headers.</summary>
    public required RequestClass Class { get; set; }

    /// <summary>The method. Default GET.</summary>
    public string Method { get; set; } = "GET";

    /// <summary>The authority (host) asked for; <c>null</c> for the service's name.</summary>
    public string? Authority { get; set; }

    /// <summary>The port asked for. Default 80.</summary>
    public int Port { get; set; } = 80;

    /// <summary>Parameters of the query, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; set; } = [];

    /// <summary>Headers, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; set; } = [];

    /// <summary>The live message whose head this is, for the upstream, which sends its body; mirrored copies carry it too. <c>null</c> in the virtual world.</summary>
    public object? Message { get; set; }

    /// <summary>The body, as far as those who repeat the request need to know it; <c>null</c> where it can always be sent again.</summary>
    public IRequestBody? Body { get; set; }

    /// <summary>The route that the outbound pipeline found for it.</summary>
    internal Routing.RouteModel? Route { get; set; }

    /// <summary>Bytes of the body.</summary>
    public long BodyBytes { get; set; }

    /// <summary>The key of all draws for this request; unique among requests, and the same in every run of the same seed.</summary>
    public ulong Key { get; set; }

    /// <summary>The key of the request in whose course this one is made; 0 for one that enters the mesh.</summary>
    public ulong ParentKey { get; set; }

    /// <summary>Which attempt of that request it is made for, from 0.</summary>
    public int ParentAttempt { get; set; }

    /// <summary>The attempt's number, from 0, as the callee sees it (Envoy's <c>x-envoy-attempt-count</c> less one).</summary>
    public int Attempt { get; set; }

    /// <summary>
    /// When the caller's own caller gives up, in ticks, as far as it said so (<c>x-envoy-expected-rq-timeout-ms</c>, <c>grpc-timeout</c>); <see cref="long.MaxValue"/> when it did not.
    /// A callee sees here when its caller gives up.
    /// </summary>
    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>Whether it is a mirrored copy, whose answer nobody waits for.</summary>
    public bool IsMirrored { get; set; }

    /// <summary>What the callee's sidecar does to the response's body, where a fault is in force; whoever delivers the body does it.</summary>
    public BodyFault? BodyFault { get; set; }

    /// <summary>When the request should have started, in ticks; latency counts from here, so that a late start hides nothing.</summary>
    public long IntendedStart { get; set; }

    /// <summary>The SPIFFE identity of the calling proxy, which the outbound pipeline sets and the callee's sidecar verifies.</summary>
    public string CallerIdentity { get; set; } = "";

    /// <summary>The address that the request came to this sidecar from, as its network knows it (Istio's <c>source.ip</c>); <c>null</c> where that is not known: then it is in no block.</summary>
    public IPAddress? PeerAddress { get; set; }

    /// <summary>
    /// The address of the client at the mesh's edge, as a trusted proxy named it (<c>x-forwarded-for</c>; Istio's <c>remote.ip</c>); <c>null</c> where nobody did: then <see cref="PeerAddress"/> counts.
    /// </summary>
    public IPAddress? RemoteAddress { get; set; }

    /// <summary>The calling workload, which the outbound pipeline sets; its own routes may ask for it. It does not travel to the callee.</summary>
    public CallerInfo Caller { get; set; } = CallerInfo.Unknown;

    /// <summary>The token that the request carries; <c>null</c> for none.</summary>
    public JwtToken? Token { get; set; }
}
