namespace Mesh.Conformance.Tests;

/// <summary>What a decision trace leaves out, by name: timing or the platform alone decides it, or one world has no such thing.</summary>
internal static class Excluded
{
    public static readonly (string What, string Why)[] All =
    [
        ("durations and times", "the live world's are measured, the virtual world's are modelled; Back-offs are not left out: they are drawn by key, and equal to the tick"),
        ("back-offs under a total deadline", "the deadline cuts them at what is left of it, which is measured"),
        ("connections opened", "live, SocketsHttpHandler owns the pool: it may find a kept-alive connection closed, and opens another without a word"),
        ("HTTP/2 requests without a body after REFUSED_STREAM", "SocketsHttpHandler repeats them up to three times by itself, for no server has looked at them; the mesh sees one attempt. gRPC calls have a body, and are compared"),
        ("when a loser of hedges ends", "it ends after the answer stands, on a thread of its own; that it ends, and how, is compared"),
        ("the callee's side", "the endpoints are scripted servers: the virtual world has an inbound pipeline before each, the live one has none here"),
        ("bytes", "live answers of the sidecar's own carry Envoy's words as a body"),
        ("the status that a gRPC client sees", "live, the sidecar's own answers reach a gRPC client as a gRPC status under HTTP 200; the virtual world hands over what they stand for"),
    ];
}
