using Mesh.Runtime.Model;
using Mesh.Runtime.Overload;
using Mesh.Runtime.Security;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>What one callee's sidecar decides about requests before its application sees them, in this order: token and authorization, deadline, limits.</summary>
internal sealed class InboundState
{
    private readonly InboundAccess? _access;
    private readonly bool _deadlines;

    private InboundState(PolicyConfig config, InboundAccess? access, InboundLimits? limits)
    {
        _access = access;
        _deadlines = config.DeadlinePropagation ?? false;
        Limits = limits;
    }

    /// <summary>Rate limit, concurrency limit and shedding; <c>null</c> for none.</summary>
    public InboundLimits? Limits { get; }

    /// <summary>The state that a policy needs; <c>null</c> when it lets everything in.</summary>
    /// <param name="policy">The policy of the proxy's own service.</param>
    /// <param name="plane">What all proxies share.</param>
    /// <param name="proxy">The proxy.</param>
    /// <param name="old">The state until now, of which an unchanged policy keeps its own.</param>
    public static InboundState? Create(ServicePolicy policy, DataPlane plane, ProxyEntry proxy, InboundState? old)
    {
        var config = policy.Config;
        var access = InboundAccess.From(config, plane.ExternalAuthorizer);
        var limits = InboundLimits.For(policy, plane.Random, proxy.Id, plane.Now, old?.Limits);
        bool any = access is not null || (config.DeadlinePropagation ?? false) || limits is not null;
        return any ? new InboundState(config, access, limits) : null;
    }

    /// <summary>Whether a rule asks that the request be noted.</summary>
    public bool Audits(MeshRequest request, long now) => _access?.Audits(request, now) ?? false;

    /// <summary>Lets a request come before the limits, or says what it is answered instead.</summary>
    public bool TryPass(MeshRequest request, long now, out UpstreamReply refusal)
    {
        refusal = default;
        if (_access is not null && !_access.Allows(request, now, out refusal)) return false;
        if (_deadlines && now >= request.Deadline)
        {
            refusal = new UpstreamReply(504, ResponseFlags.UT, 0, Complete: true);
            return false;
        }
        return true;
    }

    /// <summary>Lets a request in that has passed, which then has to <see cref="Exit"/>; or says what it is answered instead.</summary>
    /// <param name="request">The request.</param>
    /// <param name="now">The time in ticks.</param>
    /// <param name="isCounted">Whether a global rate limit has let it in.</param>
    /// <param name="refusal">What a refused request is answered.</param>
    /// <param name="slot">An admitted request's place.</param>
    public bool TryEnter(MeshRequest request, long now, bool isCounted, out UpstreamReply refusal, out ConcurrencySlot slot)
    {
        (refusal, slot) = (default, default);
        return Limits is null || Limits.TryEnter(request, now, out refusal, out slot, isCounted);
    }

    /// <summary>A request that was let in has its answer.</summary>
    public void Exit(in ConcurrencySlot slot, long now, in UpstreamReply reply) => Limits?.Exit(slot, reply.Status, now);
}
