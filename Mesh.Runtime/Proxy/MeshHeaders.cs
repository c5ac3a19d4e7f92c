using System.Globalization;

namespace Mesh.Runtime.Proxy;

/// <summary>
/// The headers by which generators, sidecars and synthetic services of the live world tell each other what the virtual world hands over in a <see cref="MeshRequest"/>.
/// Names are in lower case, as HTTP/2 has them.
/// </summary>
public static class MeshHeaders
{
    /// <summary>The request's key (<see cref="MeshRequest.Key"/>): 16 hex digits. All its draws follow from it.</summary>
    public const string Key = "x-meshlab-key";

    /// <summary>The key of the request in whose course this one is made (<see cref="MeshRequest.ParentKey"/>): 16 hex digits; absent for one that enters the mesh.</summary>
    public const string Parent = "x-meshlab-parent";

    /// <summary>Which attempt of that request it is made for, from 0 (<see cref="MeshRequest.ParentAttempt"/>); absent for 0.</summary>
    public const string ParentAttempt = "x-meshlab-parent-attempt";

    /// <summary>Microseconds that the request was sent later than it should have been: its latency counts from then (<see cref="MeshRequest.IntendedStart"/>); absent for 0.</summary>
    public const string Late = "x-meshlab-late-us";

    /// <summary>On an answer: Envoy's response flags of the sidecar that gave it, as access logs write them; absent where there is none.</summary>
    public const string Flags = "x-meshlab-flags";

    /// <summary>The attempt's number, from 1 (Envoy): <see cref="MeshRequest.Attempt"/> plus one. Absent for the first, where nobody counts.</summary>
    public const string AttemptCount = "x-envoy-attempt-count";

    /// <summary>Milliseconds that the caller still waits (Envoy); see <see cref="MeshRequest.Deadline"/>.</summary>
    public const string ExpectedTimeout = "x-envoy-expected-rq-timeout-ms";

    /// <summary>On an answer: the callee's sidecar is overloaded (Envoy); see <see cref="ReplyHints.Overloaded"/>.</summary>
    public const string Overloaded = "x-envoy-overloaded";

    /// <summary>On an answer: a rate limit refused the request (Envoy); see <see cref="ReplyHints.RateLimited"/>.</summary>
    public const string RateLimited = "x-envoy-ratelimited";

    /// <summary>On an answer: milliseconds from the request to the upstream's headers (Envoy).</summary>
    public const string UpstreamServiceTime = "x-envoy-upstream-service-time";

    /// <summary>The request's name in logs; an application passes it on with the calls that it makes.</summary>
    public const string RequestId = "x-request-id";

    /// <summary>The trace and span that the request belongs to (W3C Trace Context); an application passes it on.</summary>
    public const string TraceParent = "traceparent";

    /// <summary>What vendors add to <see cref="TraceParent"/>; an application passes it on.</summary>
    public const string TraceState = "tracestate";

    /// <summary>Trace, span and sampling in one header (Zipkin's B3, single); an application passes it on.</summary>
    public const string B3 = "b3";

    /// <summary>Headers that an application passes on, so that the calls that it makes stay in its caller's trace.</summary>
    public static IReadOnlyList<string> PassedOn { get; } =
        [RequestId, TraceParent, TraceState, B3, "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags"];

    /// <summary>A key as its header has it.</summary>
    public static string Format(ulong key) => key.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>The key in a header: up to 16 hex digits.</summary>
    public static bool TryParse(string? text, out ulong key) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out key);
}
