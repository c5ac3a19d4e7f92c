using System.Net;
using Mesh.Runtime.Proxy;
using Mesh.Simulator.Services;

namespace Mesh.Simulator.Network;

/// <summary>A sidecar on the network: where it stands, its processor, the pipeline behind it, and whether its host is there at all.</summary>
internal sealed class NetworkNode(NetworkPlace place, SidecarProcessor? processor, InboundPipeline? inbound, bool cancelsWork)
{
    private int _down;
    private int _dark;
    private int _still;
    private int _expired;
    private int _impostor;
    private long _backSince;

    public NetworkPlace Place => place;

    public SidecarProcessor? Processor => processor;

    public InboundPipeline? Inbound => inbound;

    public bool CancelsWork => cancelsWork;

    /// <summary>Its address; <c>null</c> where it has none that anybody knows.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The replica behind it; <c>null</c> for the ingress.</summary>
    public VirtualReplica? Replica { get; init; }

    /// <summary>Whether nothing listens, on a host that still says so: connections are refused.</summary>
    public bool Refuses => _down > 0 && _dark == 0;

    /// <summary>Whether its process is there.</summary>
    public bool IsUp => _down == 0;

    /// <summary>Whether its process runs and does nothing.</summary>
    public bool StandsStill => _still > 0;

    /// <summary>Handshakes that failed because of its certificate.</summary>
    public long RefusedHandshakes { get; private set; }

    /// <summary>Whether a request that arrives finds nobody, or a process that never heard of its connection.</summary>
    public bool HasLost(VirtualExchange x) => _down > 0 || (!x.OpensConnection && x.Sent < _backSince);

    /// <summary>The process is gone.</summary>
    /// <param name="dark">Whether its host is gone too, and says nothing.</param>
    public void GoDown(bool dark)
    {
        _down++;
        if (dark) _dark++;
    }

    /// <summary>The process stands still, or goes on.</summary>
    public void StandStill(bool still) => _still += still ? 1 : -1;

    /// <summary>Its certificate goes wrong, or is good again.</summary>
    public void Spoil(CertificateFault fault, bool spoilt)
    {
        if (fault == CertificateFault.Expire) _expired += spoilt ? 1 : -1;
        else _impostor += spoilt ? 1 : -1;
    }

    /// <summary>Whether a new connection passes its handshake: neither end's certificate has expired, and the callee is who the caller expects.</summary>
    public static bool Agree(NetworkNode caller, NetworkNode callee)
    {
        var refused = callee._expired > 0 || callee._impostor > 0 ? callee : caller._expired > 0 ? caller : null;
        if (refused is not null) refused.RefusedHandshakes++;
        return refused is null;
    }

    /// <summary>The process is back.</summary>
    public void ComeBack(bool dark, long now)
    {
        if (dark) _dark--;
        if (--_down == 0) _backSince = now;
    }
}
