using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Security;
using Mesh.Runtime.Security.Tls;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>The way to the local application for connections that may have it: authorization judges each when it is opened, by the policy of that moment; open ones go on.</summary>
/// <param name="proxy">The sidecar.</param>
/// <param name="route">The way.</param>
internal sealed class AuthorizedRoute(LiveProxy proxy, ITcpRoute route) : ITcpRoute
{
    private readonly Lock _lock = new();
    private readonly RequestClass _class = proxy.Node.Directory.AddClass(proxy.Config.Service, MeshDirectory.AnyPath);
    private AuthorizationConfig? _config;
    private Authorizer? _authorizer;

    /// <inheritdoc/>
    public ValueTask<TcpOpening> OpenAsync(ConnectionContext connection, ulong key, CancellationToken cancellation)
    {
        if (Current() is not { } authorizer) return route.OpenAsync(connection, key, cancellation);
        var head = Head(connection, key);
        if (authorizer.Audits && authorizer.IsAudited(head, null)) Note(head);
        return authorizer.Decide(head, null, proxy.Node.Plane.ExternalAuthorizer) == AuthorizationVerdict.Allowed ? route.OpenAsync(connection, key, cancellation)
            : new(new TcpOpening { Flags = ResponseFlags.UAEX, Termination = "rbac_access_denied_matched_policy[none]", Callee = proxy.Place, Destination = proxy.Workload });
    }

    /// <summary>The decision by the newest policy; <c>null</c> where everybody may connect.</summary>
    private Authorizer? Current()
    {
        var config = proxy.Outbound.Snapshot.Find(proxy.Entry.ServiceId)?.Policy.Config.Authorization;
        lock (_lock)
        {
            if (ReferenceEquals(config, _config)) return _authorizer;
            _config = config;
            return _authorizer = Authorizer.From(config is null ? null : TcpRules.Of(config));
        }
    }

    /// <summary>A connection as rules ask about it.</summary>
    private MeshRequest Head(ConnectionContext connection, ulong key) => new()
    {
        Class = _class,
        Key = key,
        Port = (connection.LocalEndPoint as IPEndPoint)?.Port ?? 0,
        CallerIdentity = connection.Features.Get<IPeerIdentityFeature>()?.Peer?.ToString() ?? "",
        PeerAddress = (connection.RemoteEndPoint as IPEndPoint)?.Address,
    };

    private void Note(MeshRequest head) => proxy.Node.Plane.Events.On(new MeshEvent
    {
        At = proxy.Node.Plane.Now, Kind = MeshEventKind.RequestAudited, Proxy = proxy.Id, Service = head.Class.ServiceId, Class = head.Class.Id, Request = head.Key,
        Endpoint = proxy.Config.Inbound!.EndpointId,
    });
}
