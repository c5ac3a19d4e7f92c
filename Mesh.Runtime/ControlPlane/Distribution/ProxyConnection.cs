using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Distribution;

/// <summary>One connection of a proxy to the control plane: a stream live, the modelled network in the virtual world.</summary>
public interface IProxyConnection
{
    /// <summary>Sends a snapshot. It returns at once; the proxy's answer comes as a <see cref="SnapshotAnswered"/>.</summary>
    void Send(MeshSnapshot snapshot);

    /// <summary>Says which faults are in force, by id; all others end at the proxy at once. It returns at once, and there is no answer.</summary>
    void Keep(IReadOnlyList<string> faults);

    /// <summary>Ends the connection; the proxy will come back. Ending it twice does no harm.</summary>
    void Close();
}

/// <summary>Who a proxy is.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Service">The service that it stands before.</param>
/// <param name="Subscription">What it wants to know.</param>
public sealed record ProxyNode(int Id, string Name, string Service, Subscription Subscription);

/// <summary>A proxy wants to be told. Its earlier connection, if it has one, is over.</summary>
/// <param name="Node">Who it is.</param>
/// <param name="Connection">The way to it.</param>
/// <param name="Version">The version that it works by; 0 for none.</param>
/// <param name="MustResend">Whether it wants even that version: what it has comes from its disk, without the faults.</param>
public sealed record ProxyConnected(ProxyNode Node, IProxyConnection Connection, long Version, bool MustResend = false);

/// <summary>To a connected proxy: these faults are in force, and no others.</summary>
/// <param name="Ids">The faults.</param>
internal sealed record FaultsInForce(IReadOnlyList<string> Ids);

/// <summary>A connection is over.</summary>
/// <param name="ProxyId">The proxy.</param>
/// <param name="Connection">The connection.</param>
public sealed record ProxyDisconnected(int ProxyId, IProxyConnection Connection);

/// <summary>A proxy has answered a snapshot.</summary>
/// <param name="ProxyId">The proxy.</param>
/// <param name="Connection">The connection that the snapshot came by.</param>
/// <param name="Answer">What it says.</param>
public sealed record SnapshotAnswered(int ProxyId, IProxyConnection Connection, SnapshotAnswer Answer);

/// <summary>How a proxy stands with the control plane, from the control plane's side.</summary>
/// <param name="Name">The proxy's name.</param>
/// <param name="Service">The service that it stands before.</param>
/// <param name="IsConnected">Whether it is connected.</param>
/// <param name="InForce">The version that it works by, as far as it has said; 0 for none.</param>
/// <param name="BehindSince">Since when there is a newer version for it, in ticks of the control plane's clock; 0 where there is none.</param>
/// <param name="Rejected">Why it rejected the newest version; <c>null</c> where it did not.</param>
public sealed record ProxyStanding(string Name, string Service, bool IsConnected, long InForce, long BehindSince, string? Rejected);

/// <summary>A proxy says what faults did.</summary>
/// <param name="Proxy">The proxy's name.</param>
/// <param name="Faults">What each did since the proxy last said so.</param>
public sealed record FaultsMeasured(string Proxy, IReadOnlyList<FaultMeasured> Faults);
