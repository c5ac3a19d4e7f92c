using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Simulator;

/// <summary>What routes and rules may ask of a request beside its path, method and headers.</summary>
public sealed record RequestHeadConfig
{
    /// <summary>A request that says nothing of this.</summary>
    public static RequestHeadConfig Plain { get; } = new();

    /// <summary>The authority (host) asked for; <c>null</c> for the service's name.</summary>
    public string? Authority { get; init; }

    /// <summary>The port asked for. Default 80.</summary>
    public int Port { get; init; } = 80;

    /// <summary>Parameters of the query, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; init; } = [];

    /// <summary>The token that it carries; <c>null</c> for none.</summary>
    public JwtToken? Token { get; init; }

    /// <summary>The address of the client at the mesh's edge, as a trusted proxy named it; <c>null</c> for none.</summary>
    public IPAddress? RemoteAddress { get; init; }

    /// <summary>Writes all of it into a request.</summary>
    public void ApplyTo(MeshRequest request)
    {
        request.Authority = Authority;
        request.Port = Port;
        request.Query = Query;
        request.Token = Token;
        request.RemoteAddress = RemoteAddress;
    }
}
