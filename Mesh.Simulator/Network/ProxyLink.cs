using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Distribution;
using Mesh.Runtime.Model;
using Mesh.Simulator.Time;

namespace Mesh.Simulator.Network;

/// <summary>A proxy's way to the control plane, and the event of its next try to connect.</summary>
internal sealed class ProxyLink(ControlChannel channel, ProxyNode node, ProxyAgent agent, NetworkPlace place) : SimEvent
{
    public ProxyNode Node => node;

    public ProxyAgent Agent => agent;

    public NetworkPlace Place => place;

    /// <summary>The connection that the proxy has now; <c>null</c> for none.</summary>
    public ProxyLinkConnection? Connection { get; set; }

    /// <summary>How often it has tried to connect.</summary>
    public int Tries { get; set; }

    /// <summary>Names the event, which is what a livelock's message needs.</summary>
    public override string ToString() => $"reconnection of {node.Name}";

    protected internal override void Fire() => channel.TryToConnect(this);
}

/// <summary>One connection over the modelled network.</summary>
internal sealed class ProxyLinkConnection(ControlChannel channel, ProxyLink link) : IProxyConnection
{
    public ProxyLink Link => link;

    /// <summary>Whether it is whole: what is still on its way when it breaks is lost.</summary>
    public bool IsOpen => ReferenceEquals(link.Connection, this);

    public void Send(MeshSnapshot snapshot) => channel.Push(this, snapshot);

    public void Keep(IReadOnlyList<string> faults) => channel.Keep(this, faults);

    public void Close() => channel.Break(this, "the control plane ended the connection");
}
