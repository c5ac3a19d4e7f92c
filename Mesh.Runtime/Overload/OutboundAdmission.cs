using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Overload;

/// <summary>
/// What a caller's sidecar asks before it lets a request go to a service: admission control, then the throttle. Both look at whole requests,
/// retries included. It runs under a lock of its own.
/// </summary>
internal sealed class OutboundAdmission
{
    private readonly Lock _lock = new();
    private readonly PolicyConfig _policy;
    private readonly AdmissionController? _controller;
    private readonly ClientThrottle? _throttle;

    private OutboundAdmission(PolicyConfig policy)
    {
        _policy = policy;
        if (policy.AdmissionControl is { } control) _controller = new AdmissionController(control);
        if (policy.Throttle is { } throttle) _throttle = new ClientThrottle(throttle);
    }

    /// <summary>The admission of a policy: the one until now where nothing of it changed, <c>null</c> where the policy has none.</summary>
    public static OutboundAdmission? For(PolicyConfig policy, OutboundAdmission? old)
    {
        if (policy is { AdmissionControl: null, Throttle: null }) return null;
        bool same = old is not null && Equals(policy.AdmissionControl, old._policy.AdmissionControl) && Equals(policy.Throttle, old._policy.Throttle);
        return same ? old : new OutboundAdmission(policy);
    }

    /// <summary>Whether a request may go. One that may not is answered 503 with flag <c>DO</c>.</summary>
    public bool Admit(KeyedRandom random, ulong request, long now)
    {
        lock (_lock)
        {
            if (_controller is { } controller && !controller.Admit(now, random.Bits(Concern.Admission, request, 0, 0))) return false;
            return _throttle is not { } throttle || throttle.Admit(now, random.Unit(Concern.Admission, request, 0, 1));
        }
    }

    /// <summary>A request that was let go has its answer, after all retries.</summary>
    /// <param name="status">The HTTP status; 0 when the caller gave up.</param>
    /// <param name="grpcStatus">The gRPC status; 0 is OK, or no gRPC.</param>
    /// <param name="now">The time in ticks.</param>
    public void Answered(int status, int grpcStatus, long now)
    {
        lock (_lock)
        {
            if (status != 0) _controller?.Record(now, AdmissionController.IsSuccess(status, grpcStatus));
            if (ClientThrottle.IsAccept(status)) _throttle?.Accepted(now);
        }
    }
}
