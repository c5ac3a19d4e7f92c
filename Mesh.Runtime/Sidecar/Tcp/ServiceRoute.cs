using Mesh.Runtime.Faults.Tcp;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.LoadBalancing.Selection;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Resilience;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Runtime.Sidecar.Tcp;

/// <summary>
/// The endpoints of a service of the mesh, by the mesh's own selection: split, subset, locality, health, ejection, balancer, caps. A connection that cannot be opened is tried at another
/// endpoint where the policy retries connect failures: Envoy's <c>max_connect_attempts</c> is <c>retries.attempts</c> and one.
/// </summary>
internal sealed class ServiceRoute(OutboundPipeline pipeline, RequestClass service, TcpDialer dialer, TcpFaultTable faults) : ITcpRoute
{
    private static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(5);   // Envoy
    private static readonly TimeSpan DefaultIdleTimeout = TimeSpan.FromHours(1);        // Envoy's TCP proxy

    /// <summary>Who calls. Default: anybody.</summary>
    public TcpPlace Caller { get; init; } = TcpPlace.Any;

    /// <inheritdoc/>
    public async ValueTask<TcpOpening> OpenAsync(ConnectionContext connection, ulong key, CancellationToken cancellation)
    {
        long began = pipeline.Plane.Now;
        var message = new MeshRequest { Class = service, Key = key, IntendedStart = began, CallerIdentity = pipeline.Identity, Caller = pipeline.Caller };
        var call = new Call(pipeline, message);
        call.Report(MeshEventKind.RequestStarted, began, 0, 0, ResponseFlags.None, began);
        if (pipeline.Find(service.ServiceId) is not { } state) return Ended(call, new TcpOpening { Flags = ResponseFlags.NR, Destination = Workload(null) });

        var route = state.Policy.Routes.Rest;
        string? subset = route.Choose(pipeline.Plane.Random, message);
        var tried = new TriedEndpoints();
        while (true)
        {
            var (opening, selection) = await TryAsync(call, state, subset, tried, cancellation).ConfigureAwait(false);
            if (opening.Dial is not null) return opening;
            if (opening.Flags != ResponseFlags.UF || cancellation.IsCancellationRequested) return Ended(call, opening);
            tried.Add(selection.Endpoint.Id);
            if (route.Policy.Retries is not { } retries || !RetryConditions.IsRetriable(retries, new ReplyFacts(503, ResponseFlags.UF, -1, ReplyHints.None))) return Ended(call, opening);
            if (opening.Attempts > retries.Attempts) return Ended(call, opening with { Flags = ResponseFlags.UF | ResponseFlags.URX });
            call.FirstFailure ??= pipeline.Plane.Now;
            call.Report(MeshEventKind.RetryScheduled, pipeline.Plane.Now, -1, 0, ResponseFlags.None, pipeline.Plane.Now);
        }
    }

    private async ValueTask<(TcpOpening Opening, Selection Selection)> TryAsync(Call call, ServiceState state, string? subset, TriedEndpoints tried, CancellationToken cancellation)
    {
        long started = pipeline.Plane.Now;
        var admission = state.TryOpen(call.Message, subset, tried.Ids, call.Attempt + 1, started, out var selection);
        if (admission != TcpAdmission.Opens)
        {
            var flag = admission == TcpAdmission.Overflow ? ResponseFlags.UO : ResponseFlags.UH;
            return (new TcpOpening { Flags = flag, Attempts = call.Attempt + 1, Destination = Workload(null) }, default);
        }
        call.Attempt++;
        var endpoint = selection.Endpoint;
        var callee = TcpPlace.Of(endpoint);
        call.Report(MeshEventKind.AttemptStarted, started, endpoint.Id, 0, ResponseFlags.None, started);

        var limits = state.Policy.Limits;
        var (dial, failure) = endpoint.Address is not { } address ? (null, "the endpoint has no address")
            : await TcpAttempt.DialAsync(dialer, faults, pipeline.Plane.Time, new TcpAttempt(address, endpoint, Caller, callee, call.Message.Key, limits.ConnectTimeout ?? DefaultConnectTimeout), cancellation).ConfigureAwait(false);
        long now = pipeline.Plane.Now;
        var flags = dial is not null ? ResponseFlags.None : cancellation.IsCancellationRequested ? ResponseFlags.LR : ResponseFlags.UF;
        if (flags != ResponseFlags.LR) state.Opened(selection, new AttemptSample(now, now - started, dial is null ? 503 : 200, -1, flags, 0));
        if (dial is not null) call.Report(MeshEventKind.ConnectionOpened, now, endpoint.Id, 0, ResponseFlags.None, now);
        else Over(flags, 0);
        return (new TcpOpening
        {
            Dial = dial, Failure = failure, Flags = flags, Attempts = call.Attempt + 1, UpstreamHost = endpoint.Address?.ToString(), Callee = callee, Destination = Workload(endpoint),
            IdleTimeout = (limits.IdleTimeout ?? DefaultIdleTimeout).Ticks, MutualTls = dial?.MutualTls ?? false,
            Ended = dial is null ? null : (why, received, sent) =>
            {
                Over(why, sent);
                call.Ended(why, sent);
            },
        }, selection);

        void Over(ResponseFlags why, long bytes)
        {
            state.Closed(selection);
            call.Report(MeshEventKind.AttemptEnded, pipeline.Plane.Now, endpoint.Id, Status(why), why, started, bytes);
        }
    }

    private WorkloadFacts Workload(Endpoint? endpoint) => endpoint is null
        ? WorkloadFacts.Unknown with { Service = service.Service }
        : LiveNode.WorkloadFactsOf(endpoint.Service, endpoint.Version, endpoint.Name, endpoint.Identity);

    private static TcpOpening Ended(Call call, TcpOpening opening)
    {
        call.Ended(opening.Flags, 0);
        return opening;
    }

    /// <summary>The status that a connection's end stands for in the run record, which knows requests: Envoy's access log has 0 for all of TCP.</summary>
    private static int Status(ResponseFlags why) => why == ResponseFlags.None ? 200 : why == ResponseFlags.DC ? 0 : 503;

    /// <summary>A connection as the mesh's events tell it.</summary>
    private sealed class Call(OutboundPipeline pipeline, MeshRequest message)
    {
        public MeshRequest Message => message;

        public int Attempt { get; set; } = -1;

        public long? FirstFailure { get; set; }

        public void Ended(ResponseFlags why, long bytes) =>
            Report(MeshEventKind.RequestEnded, pipeline.Plane.Now, -1, Status(why), why, message.IntendedStart, bytes);

        public void Report(MeshEventKind kind, long now, int endpoint, int outcome, ResponseFlags flags, long since, long bytes = 0) => pipeline.Plane.Events.On(new MeshEvent
        {
            At = now, Kind = kind, Proxy = pipeline.ProxyId, Service = message.Class.ServiceId, Class = message.Class.Id, Request = message.Key, Attempt = Attempt, Endpoint = endpoint,
            Outcome = outcome, Flags = flags, Duration = now - since, FirstFailure = FirstFailure ?? 0, Bytes = bytes,
        });
    }
}
