using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Exemplars;

/// <summary>One attempt of a call, put together from its decisions. Times are ticks from the request's start.</summary>
/// <param name="Number">Its number, from 0.</param>
/// <param name="Endpoint">The endpoint's name.</param>
/// <param name="Start">When the endpoint was picked.</param>
/// <param name="End">When it was over for the caller; the request's own end where it never was.</param>
internal sealed record ExemplarAttempt(int Number, string Endpoint, long Start, long End)
{
    /// <summary>When a connection was opened for it; <c>null</c> when it used one that was there.</summary>
    public long? Opened { get; init; }

    /// <summary>When the callee's sidecar handed it to the application; <c>null</c> when it never came so far.</summary>
    public long? Arrived { get; init; }

    /// <summary>When the callee answered; <c>null</c> when it had not when the request ended.</summary>
    public long? Answered { get; init; }

    /// <summary>Its status.</summary>
    public int Status { get; init; }

    /// <summary>Its flags.</summary>
    public ResponseFlags Flags { get; init; }

    /// <summary>Whether it was a hedge.</summary>
    public bool IsHedge { get; init; }

    /// <summary>Until when the callee worked at it for a caller that still waited.</summary>
    public long WorkedUntil => Math.Min(Answered ?? End, End);

    /// <summary>The attempts of a call, in order.</summary>
    public static IReadOnlyList<ExemplarAttempt> Of(ExemplarCall call, long requestEnd) =>
        [.. call.Events.Where(e => e.Kind == MeshEventKind.AttemptStarted).Select(start => Of(call, start, requestEnd))];

    private static ExemplarAttempt Of(ExemplarCall call, ExemplarEvent start, long requestEnd)
    {
        ExemplarEvent? Find(MeshEventKind kind) => call.Events.FirstOrDefault(e => e.Kind == kind && e.Attempt == start.Attempt);
        var end = Find(MeshEventKind.AttemptEnded);
        return new ExemplarAttempt(start.Attempt, start.Endpoint, start.At, end?.At ?? call.End ?? requestEnd)
        {
            Opened = Find(MeshEventKind.ConnectionOpened)?.At,
            Arrived = Find(MeshEventKind.InboundStarted)?.At,
            Answered = Find(MeshEventKind.InboundEnded)?.At,
            Status = end?.Outcome ?? 0,
            Flags = end?.Flags ?? ResponseFlags.None,
            IsHedge = Find(MeshEventKind.HedgeStarted) is not null,
        };
    }
}
