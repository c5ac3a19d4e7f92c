namespace Mesh.Conformance.Tests.Worlds;

/// <summary>A caller's sidecar before scripted upstreams, in one of the two worlds.</summary>
internal interface IWorld
{
    TimeProvider Time { get; }

    DecisionLog Decisions { get; }

    /// <summary>Sends a request through the sidecar and takes the whole answer.</summary>
    /// <param name="key">Its key.</param>
    /// <returns>What the client got.</returns>
    Task<string> SendAsync(ulong key);
}
