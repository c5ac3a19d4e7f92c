using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>Carries out what <see cref="FaultTable"/> decided for the data plane and for this proxy, at each of the three sites: reports it, waits, answers. Called only where a fault is in force.</summary>
internal static class FaultInjection
{
    /// <summary>The site <c>request</c>. The answer in the service's place, or <c>null</c> when the request goes on.</summary>
    public static async ValueTask<AttemptResult?> AtRequestAsync(Exchange exchange)
    {
        var (plane, request) = (exchange.Pipeline.Plane, exchange.Request);
        if (request.IsMirrored) return null;   // Envoy mirrors behind its fault filter
        var fault = plane.Faults.Decide(FaultSite.Request, request, 0, -1, exchange.Route.Name, plane.Now);
        fault = exchange.Pipeline.Leased.Decide(FaultSite.Request, request, 0, -1, exchange.Route.Name, plane.Now, fault);
        if (fault.IsNothing) return null;

        exchange.FaultHold = fault.Held;
        exchange.BodyFault = fault.Body;
        Report(plane, exchange.Pipeline.ProxyId, request, -1, -1, fault);
        if (fault.Delay > 0)
        {
            exchange.Injected = ResponseFlags.DI;
            await plane.WaitAsync(fault.Delay, exchange.Caller).ConfigureAwait(false);
            if (exchange.Caller.IsCancellationRequested) return exchange.Local(0, exchange.GiveUpFlag);
        }
        if (fault.Abort is null) return null;
        var reply = Answer(fault.Abort);
        var result = exchange.Local(reply.Status, reply.Flags);
        exchange.Reply = reply;
        return result;
    }

    /// <summary>The site <c>attempt</c>. What stands for the upstream's answer, or <c>null</c> when the attempt goes on.</summary>
    public static async ValueTask<UpstreamReply?> AtAttemptAsync(Attempt attempt)
    {
        var exchange = attempt.Exchange;
        var plane = exchange.Pipeline.Plane;
        var fault = plane.Faults.Decide(FaultSite.Attempt, attempt.Request, attempt.Number, attempt.Endpoint.Id, exchange.Route.Name, plane.Now);
        fault = exchange.Pipeline.Leased.Decide(FaultSite.Attempt, attempt.Request, attempt.Number, attempt.Endpoint.Id, exchange.Route.Name, plane.Now, fault);
        if (fault.IsNothing) return null;

        attempt.Inject(fault);
        Report(plane, attempt.ProxyId, attempt.Request, attempt.Number, attempt.Endpoint.Id, fault);
        if (fault.Delay > 0)
        {
            var cancellation = attempt.Cancellation;
            await plane.WaitAsync(fault.Delay, cancellation).ConfigureAwait(false);
            if (cancellation.IsCancellationRequested) return UpstreamReply.Cancelled;
        }
        return fault.Abort is null ? null : Answer(fault.Abort);
    }

    /// <summary>The site <c>server</c>: the application's answer, or one in its place.</summary>
    public static async ValueTask<UpstreamReply> AtServerAsync(DataPlane plane, FaultTable leased, int proxy, int endpoint, IApplication application, MeshRequest request, CancellationToken cancellation)
    {
        var fault = plane.Faults.Decide(FaultSite.Server, request, request.Attempt, endpoint, "", plane.Now);
        fault = leased.Decide(FaultSite.Server, request, request.Attempt, endpoint, "", plane.Now, fault);
        if (fault.IsNothing) return await application.HandleAsync(request, cancellation).ConfigureAwait(false);

        Report(plane, proxy, request, request.Attempt, endpoint, fault);
        request.BodyFault = fault.Body;
        if (fault.Delay > 0) await plane.WaitAsync(fault.Delay, cancellation).ConfigureAwait(false);
        var reply = fault.Abort is { } abort ? Answer(abort) : await application.HandleAsync(request, cancellation).ConfigureAwait(false);
        fault.Held?.Release();
        return reply with { Flags = reply.Flags | (fault.Delay > 0 ? ResponseFlags.DI : ResponseFlags.None) };
    }

    private static UpstreamReply Answer(FaultAbort abort) =>
        abort.Reset ? new UpstreamReply(503, ResponseFlags.FI | ResponseFlags.UR, 0, Complete: true)
        : abort.GrpcStatus is { } status ? new UpstreamReply(200, ResponseFlags.FI, 0, Complete: true) { GrpcStatus = status }
        : new UpstreamReply(abort.Status, ResponseFlags.FI, 0, Complete: true);

    private static void Report(DataPlane plane, int proxy, MeshRequest request, int attempt, int endpoint, in FaultDecision fault)
    {
        if (fault.Delay > 0) Send(FaultKind.Delay, ResponseFlags.DI, fault.Delay);
        if (fault.Abort is { } abort) Send(abort.Reset ? FaultKind.Reset : FaultKind.Abort, ResponseFlags.FI, 0);
        if (fault.Body is { BytesPerSecond: > 0 }) Send(FaultKind.Bandwidth, ResponseFlags.None, 0);
        if (fault.Body is { TruncateAfter: not null }) Send(FaultKind.Truncate, ResponseFlags.None, 0);
        if (fault.Body is { Corrupt: true }) Send(FaultKind.Corrupt, ResponseFlags.None, 0);

        void Send(FaultKind kind, ResponseFlags flags, long delay) => plane.Events.On(new MeshEvent
        {
            At = plane.Now,
            Kind = MeshEventKind.FaultInjected,
            Proxy = proxy,
            Service = request.Class.ServiceId,
            Class = request.Class.Id,
            Request = request.Key,
            Parent = request.ParentKey,
            ParentAttempt = request.ParentAttempt,
            Attempt = attempt,
            Endpoint = endpoint,
            Outcome = (int)kind,
            Flags = flags,
            Duration = delay,
        });
    }
}
