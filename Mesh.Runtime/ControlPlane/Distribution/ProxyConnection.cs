using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Distribution;

/// <summary>One connection of a proxy to the control plane: a stream live, the modelled network in the virtual world.</summary>
public interface IProxyConnection
{
    /// <summary>Sends a snapshot. It returns at once; the proxy's answer comes as a <see cref="SnapshotAnswered"/>.</summary>
    void Send(MeshSnapshot snapshot);

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
public sealed record ProxyConnected(ProxyNode Node, IProxyConnection Connection, long Version);

/// <summary>A connection is over.</summary>
/// <param name="ProxyId">The proxy.</param>
/// <param name="Connection">The connection.</param>
public sealed record ProxyDisconnected(int ProxyId, IProxyConnection Connection);

/// <summary>A proxy has answered a snapshot.</summary>
/// <param name="ProxyId">The proxy.</param>
/// <param name="Connection">The connection that the snapshot came by.</param>
/// <param name="Answer">What it says.</param>
public sealed record SnapshotAnswered(int ProxyId, IProxyConnection Connection, SnapshotAnswer Answer);
