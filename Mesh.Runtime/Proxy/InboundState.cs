using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>What one callee's sidecar decides about requests before its application sees them, in this order: deadline.</summary>
internal sealed class InboundState
{
    private readonly bool _deadlines;

    private InboundState(PolicyConfig config) => _deadlines = config.DeadlinePropagation ?? false;

    /// <summary>The state that a policy needs; <c>null</c> when it lets everything in.</summary>
    public static InboundState? Create(ServicePolicy policy, DataPlane plane, ProxyEntry proxy)
    {
        var config = policy.Config;
        bool any = config.DeadlinePropagation ?? false;
        return any ? new InboundState(config) : null;
    }

    /// <summary>Lets a request in, which then has to <see cref="Exit"/>; or says what it is answered instead.</summary>
    public bool TryEnter(MeshRequest request, long now, out UpstreamReply refusal)
    {
        refusal = default;
        if (_deadlines && now >= request.Deadline)
        {
            refusal = new UpstreamReply(504, ResponseFlags.UT, 0, Complete: true);
            return false;
        }
        return true;
    }

    /// <summary>A request that was let in has its answer.</summary>
    public void Exit(long started, long now, in UpstreamReply reply)
    {
    }
}
