using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>What a scripted upstream does with an attempt. Times are milliseconds; 0 answers inside the call.</summary>
public sealed record Step(double After, UpstreamReply Reply)
{
    /// <summary>When the body ends, after the headers.</summary>
    public double BodyAfter { get; init; }

    /// <summary>Whether the body breaks off instead of arriving.</summary>
    public bool BreaksOff { get; init; }

    /// <summary>The live response that the reply is the head of.</summary>
    public object? Response { get; init; }

    /// <summary>The gRPC status that the trailers carry.</summary>
    public int? Trailers { get; init; }

    /// <summary>Bytes of the body, known at its end only; -1 where the headers said it.</summary>
    public long BytesAtEnd { get; init; } = -1;

    /// <summary>Whether nothing ever comes.</summary>
    public bool IsSilent => double.IsPositiveInfinity(After);

    public static Step Answer(int status = 200, double after = 10) => new(after, new UpstreamReply(status, ResponseFlags.None, 100, Complete: true));

    public static Step Reset(double after = 10) => new(after, new UpstreamReply(503, ResponseFlags.UC, 0, Complete: true));

    public static Step ConnectFailure(double after = 10) => new(after, UpstreamReply.ConnectFailure);

    public static Step Silence { get; } = new(double.PositiveInfinity, default);

    /// <summary>The same, with a body that takes <paramref name="milliseconds"/> more.</summary>
    public Step WithBody(double milliseconds) => this with { Reply = Reply with { Complete = false }, BodyAfter = milliseconds };

    /// <summary>The same, with a body that breaks off <paramref name="milliseconds"/> after the headers.</summary>
    public Step BreakingOff(double milliseconds) => WithBody(milliseconds) with { BreaksOff = true };
}
