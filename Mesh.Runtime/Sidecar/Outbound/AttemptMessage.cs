using Endpoint = Mesh.Runtime.Model.Endpoint;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>One attempt's message; a connection that is opened for it knows by it where to.</summary>
/// <param name="method">The method.</param>
/// <param name="target">The endpoint's address, with path and query.</param>
/// <param name="endpoint">The endpoint.</param>
internal sealed class AttemptMessage(HttpMethod method, Uri target, Endpoint endpoint) : HttpRequestMessage(method, target)
{
    /// <summary>The endpoint that it goes to.</summary>
    public Endpoint Endpoint => endpoint;
}
