using Mesh.Runtime.Model;

namespace Mesh.Runtime.Sidecar;

/// <summary>Which service an authority means: <c>cart</c>, <c>cart:8080</c>, and Kubernetes' longer forms <c>cart.shop</c>, <c>cart.shop.svc</c>, <c>cart.shop.svc.cluster.local</c>.</summary>
internal static class ServiceNames
{
    /// <summary>The service's name; the authority itself where the mesh knows none of that name, which the pipeline then answers with <c>NR</c>.</summary>
    public static string Of(string? authority, MeshDirectory directory)
    {
        string host = WithoutPort(authority ?? "");
        if (directory.FindService(host) >= 0) return host;
        int dot = host.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && directory.FindService(host[..dot]) >= 0 ? host[..dot] : host;
    }

    private static string WithoutPort(string authority)
    {
        int colon = authority.LastIndexOf(':');
        return colon > 0 && !authority.EndsWith(']') ? authority[..colon] : authority;
    }
}
