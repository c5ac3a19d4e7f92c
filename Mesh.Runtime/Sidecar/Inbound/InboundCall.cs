using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry.Tracing;
using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Sidecar.Inbound;

/// <summary>One request that a sidecar takes for its application: the live message behind a <see cref="MeshRequest"/>.</summary>
/// <param name="Context">The exchange with the client.</param>
/// <param name="Body">The response's body.</param>
internal sealed record InboundCall(HttpContext Context, ResponseBody Body)
{
    /// <summary>Whether the application was asked: its answer has then gone to the client.</summary>
    public bool WasForwarded { get; set; }

    /// <summary>When it was asked, in ticks.</summary>
    public long Asked { get; set; }

    /// <summary>Whether the head of the application's answer is there.</summary>
    public bool HasAnswer { get; set; }

    /// <summary>What was wrong with the request's body, where it was.</summary>
    public Refusal? Refusal { get; set; }

    /// <summary>Where it stands in its trace.</summary>
    public HopTrace Trace { get; set; }

    /// <summary>Why the application could not be asked, in words.</summary>
    public string? Failure { get; set; }
}
