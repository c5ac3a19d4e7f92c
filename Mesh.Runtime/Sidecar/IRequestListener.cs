using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Sidecar;

/// <summary>What one of a sidecar's listeners does with requests. Put among a connection's features, where each of its requests finds it.</summary>
internal interface IRequestListener
{
    /// <summary>Answers a request. Never throws but for a broken invariant.</summary>
    Task HandleAsync(HttpContext context);
}
