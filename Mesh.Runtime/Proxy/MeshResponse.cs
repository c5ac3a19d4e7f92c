using Mesh.Runtime.Resilience;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Proxy;

/// <summary>A response at its headers. The body may still be under way: <see cref="End"/> says when and how it ended.</summary>
public readonly struct MeshResponse
{
    private readonly Exchange? _exchange;

    internal MeshResponse(int status, ResponseFlags flags, in UpstreamReply reply, Exchange? exchange, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        Status = status;
        Flags = flags;
        GrpcStatus = reply.GrpcStatus;
        Headers = headers;
        BodyBytes = reply.BodyBytes;
        _exchange = exchange;
    }

    /// <summary>The HTTP status; 0 when the caller gave up first.</summary>
    public int Status { get; }

    /// <summary>Why.</summary>
    public ResponseFlags Flags { get; }

    /// <summary>The gRPC status; 0 is OK, or no gRPC.</summary>
    public int GrpcStatus { get; }

    /// <summary>The headers, in order, as the route leaves them; those of a redirect say where to go.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>Bytes of the body.</summary>
    public long BodyBytes { get; }

    /// <summary>The live response, whose head this is (<see cref="Attempt.Response"/>): valid until <see cref="End"/> has been awaited; <c>null</c> for an answer of the mesh's own.</summary>
    public object? Message => _exchange?.Response;

    /// <summary>Whether the body has arrived already.</summary>
    public bool Complete => _exchange is null;

    /// <summary>Completes when the body has arrived (true) or broken off (false). To be awaited once, where not <see cref="Complete"/>.</summary>
    public ValueTask<bool> End => _exchange is null ? new ValueTask<bool>(true) : _exchange.End;
}

/// <summary>What the upstream port has to say at an attempt's response headers, or instead of them.</summary>
/// <param name="Status">The HTTP status; 0 when the attempt was cancelled.</param>
/// <param name="Flags">Why there is no answer of the upstream's own: <c>UF</c>, <c>UC</c>, <c>UR</c>; none when there is one.</param>
/// <param name="BodyBytes">Bytes of the body.</param>
/// <param name="Complete">Whether the body is here too; if not, <see cref="Attempt.Ended"/> is called once, later.</param>
public readonly record struct UpstreamReply(int Status, ResponseFlags Flags, long BodyBytes, bool Complete)
{
    /// <summary>What else the headers say to those who retry.</summary>
    public ReplyHints Hints { get; init; }

    /// <summary>The gRPC status in the response's headers; 0 is OK, or no gRPC.</summary>
    public int GrpcStatus { get; init; }

    /// <summary>Whether an upgraded connection follows instead of a body: no deadline ends it, only the idle time-out.</summary>
    public bool IsUpgrade { get; init; }

    /// <summary>Ticks that the answer asks to be left alone (<c>Retry-After</c>); 0 when it does not ask.</summary>
    public long RetryAfter { get; init; }

    /// <summary>The answer's headers, in order; what they say to retries is read by <see cref="ReplyHeaders.WithHeaders"/>. Default: none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get => field ?? []; init; }

    /// <summary>The answer of a callee's sidecar as its caller sees it: why, stays with the sidecar that knows (docs/decisions/0008); a broken connection shows.</summary>
    public UpstreamReply ToCaller() => this with { Flags = Flags & (ResponseFlags.UR | ResponseFlags.UC) };

    /// <summary>The attempt's token was cancelled before headers came.</summary>
    public static UpstreamReply Cancelled => new(0, ResponseFlags.None, 0, Complete: true);

    /// <summary>The connection could not be made.</summary>
    public static UpstreamReply ConnectFailure => new(503, ResponseFlags.UF, 0, Complete: true);
}

/// <summary>
/// What an attempt came to, for the breaker and the retry to judge. Kept to 16 bytes, for Polly's state machines hold several copies;
/// the body's size and an attempt whose body is under way stand in the exchange.
/// </summary>
/// <param name="Exchange">The request that the attempt belongs to.</param>
/// <param name="Status">The HTTP status; 0 when the caller gave up.</param>
/// <param name="Flags">Why.</param>
internal readonly record struct AttemptResult(Exchange Exchange, int Status, ResponseFlags Flags)
{
    /// <summary>The status, or the HTTP status that a failed gRPC answer stands for.</summary>
    public int EffectiveStatus => GrpcStatuses.Effective(Status, Exchange.Reply.GrpcStatus);

    /// <summary>What retry conditions look at.</summary>
    public ReplyFacts Facts => new(Status, Flags, Exchange.Reply.GrpcStatus, Exchange.Reply.Hints, Exchange.Reply.Headers);

    /// <summary>What a breaker counts: 5xx and no answer at all; not what this proxy's caps refused, nor a caller that went away.</summary>
    public bool CountsAsFailure => EffectiveStatus >= 500 && !SaysNothing;

    /// <summary>Whether it tells nothing about the service: this proxy's caps refused it, or the caller went away.</summary>
    public bool SaysNothing => Status == 0 || (Flags & ResponseFlags.UO) != 0;
}
