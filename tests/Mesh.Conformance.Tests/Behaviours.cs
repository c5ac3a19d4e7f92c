namespace Mesh.Conformance.Tests;

/// <summary>
/// The upstream behaviours. What is slow takes <see cref="Slow"/>, what waits gives up after <see cref="Patience"/>, a connection that is not made fails after <see cref="ConnectTimeout"/>:
/// 150 ms or more lie between any two of these, their multiples and the starts of requests that overlap, where a trace shows which came first.
/// </summary>
internal static class Behaviours
{
    public static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(1000);
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromMilliseconds(600);
    public static readonly Answer GoodGrpc = new() { GrpcTrailer = 0 };
    private static readonly Answer Reset = new() { End = AnswerEnd.ResetBeforeHeaders };
    private static readonly Answer Unavailable = new() { Status = 503 };
    private static readonly Answer Error = new() { Status = 500 };

    public static readonly Behaviour[] All =
    [
        new("answers", "answers at once"),
        new("refuses", "no replica takes a connection") { Refuses = true },
        new("one-is-closed", "one replica of three takes no connection") { Refuses = true, Only = 1 },
        new("one-is-dark", "one replica of three leaves connection attempts unanswered") { Dark = true, Only = 1 },
        new("resets-before-headers", "each request's connection is reset before a byte of the answer") { Then = [Reset] },
        new("resets-every-other", "every other request's connection is reset, a used one too") { Then = [Answer.Good, Reset] },
        new("closes-before-headers", "each request's connection is closed in good order before a byte of the answer") { Then = [new() { End = AnswerEnd.ClosedBeforeHeaders }] },
        new("closes-every-other", "every other request's connection is closed before a byte of the answer, a used one too")
            { Then = [Answer.Good, new() { End = AnswerEnd.ClosedBeforeHeaders }] },
        new("dies-in-body", "headers, half of the body, and a reset 150 ms later") { Then = [new() { End = AnswerEnd.ResetInBody, BodyTakes = TimeSpan.FromMilliseconds(300) }] },
        new("fails-twice", "503 twice, then 200") { First = [Unavailable, Unavailable] },
        new("always-500", "500") { Then = [Error] },
        new("one-is-bad", "one replica of three answers 500") { Then = [Error], Only = 1 },
        new("fails-every-other", "200 and 500 in turn") { Then = [Answer.Good, Error] },
        new("slow-headers", "headers after 1 s") { Then = [new() { HeadersAfter = Slow }] },
        new("late-at-first", "headers after 1 s for the first request, at once for all others") { First = [new() { HeadersAfter = Slow }] },
        new("slow-body", "headers at once, the body evenly over 1 s") { Then = [new() { BodyTakes = Slow }] },
        new("stalls-in-body", "headers and half of the body at once, the rest after 1 s of silence") { Then = [new() { BodyTakes = Slow, Silent = true }] },
        new("retry-after", "503 with Retry-After: 1, then 200") { First = [Unavailable with { RetryAfter = 1 }] },
        new("too-many", "429") { Then = [new() { Status = 429 }] },
        new("closes-after", "closes the kept-alive connection after each answer, without saying so") { Then = [new() { Closes = true }] },
        new("grpc-in-headers", "gRPC UNAVAILABLE in the headers, every other time") { Grpc = true, Then = [new() { GrpcHeader = 14 }, GoodGrpc] },
        new("grpc-in-trailers", "gRPC UNAVAILABLE in the trailers") { Grpc = true, Then = [new() { GrpcTrailer = 14 }] },
        new("grpc-resets", "every other gRPC call's HTTP/2 stream is reset before headers (INTERNAL_ERROR)") { Grpc = true, Then = [GoodGrpc, Reset] },
        new("grpc-turns-away", "every other gRPC call's HTTP/2 stream is refused (REFUSED_STREAM)") { Grpc = true, Then = [Reset with { RefusesStream = true }, GoodGrpc] },
    ];

    public static Behaviour Find(string name) => All.Single(behaviour => behaviour.Name == name);
}
