using Akka.Actor;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane;

/// <summary>
/// The control plane's distribution: it tells every connected proxy the newest snapshot and remembers which version each has acknowledged.
/// Messages only (<c>Tell</c>), so that it runs alike on Akka's dispatcher and on the simulator's.
/// </summary>
public sealed class DistributionActor : ReceiveActor
{
    private readonly SnapshotBuilder _builder;
    private readonly ISnapshotChannel _channel;
    private readonly SortedDictionary<int, long> _acknowledged = [];

    /// <summary>A control plane for this policy.</summary>
    /// <param name="config">The policy of every service.</param>
    /// <param name="channel">The way to the proxies.</param>
    public DistributionActor(MeshConfig config, ISnapshotChannel channel)
    {
        _builder = new SnapshotBuilder(config);
        _channel = channel;
        Receive<EndpointsObserved>(OnEndpoints);
        Receive<ProxyConnected>(OnConnected);
        Receive<SnapshotAcknowledged>(OnAcknowledged);
    }

    /// <summary>How the actor is made.</summary>
    public static Props Props(MeshConfig config, ISnapshotChannel channel) => Akka.Actor.Props.Create(() => new DistributionActor(config, channel));

    private void OnEndpoints(EndpointsObserved message)
    {
        var snapshot = _builder.Apply(message.Services);
        foreach (int proxy in _acknowledged.Keys) _channel.Send(proxy, snapshot);
    }

    private void OnConnected(ProxyConnected message)
    {
        _acknowledged[message.ProxyId] = 0;
        if (_builder.Current.Version > 0) _channel.Send(message.ProxyId, _builder.Current);
    }

    private void OnAcknowledged(SnapshotAcknowledged message)
    {
        if (_acknowledged.TryGetValue(message.ProxyId, out long known)) _acknowledged[message.ProxyId] = Math.Max(known, message.Version);
    }
}

/// <summary>The way of snapshots to proxies: a stream live, the modelled network in the virtual world.</summary>
public interface ISnapshotChannel
{
    /// <summary>Sends a snapshot; it may arrive late, and after a newer one.</summary>
    void Send(int proxyId, MeshSnapshot snapshot);
}

/// <summary>Services' endpoints have changed.</summary>
/// <param name="Services">The services that changed, each with all its endpoints.</param>
public sealed record EndpointsObserved(IReadOnlyList<ServiceEndpoints> Services);

/// <summary>A proxy wants to be told.</summary>
/// <param name="ProxyId">The proxy.</param>
public sealed record ProxyConnected(int ProxyId);

/// <summary>A proxy works by a version.</summary>
/// <param name="ProxyId">The proxy.</param>
/// <param name="Version">The version.</param>
public sealed record SnapshotAcknowledged(int ProxyId, long Version);
