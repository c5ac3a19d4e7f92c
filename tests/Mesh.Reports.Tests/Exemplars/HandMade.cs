using Mesh.Reports.Exemplars;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Tests.Exemplars;

/// <summary>One request by hand: front calls pay (timed out, back-off, then well) and stock side by side.</summary>
internal static class HandMade
{
    public static long Ms(double ms) => ToyMesh.Ms(ms);

    public static Exemplar Checkout { get; } = new()
    {
        Key = 0xABCD, Start = Ms(5000), Duration = Ms(200), Status = 200, Flags = ResponseFlags.None, Failed = false,
        Calls =
        [
            new() { Parent = -1, From = "ingress", To = "front", Path = "/checkout", Start = 0, End = Ms(200), Status = 200, Events =
            [
                Event(0, MeshEventKind.AttemptStarted, 0, "front-0"), Event(2, MeshEventKind.ConnectionOpened, 0, "front-0"), Event(5, MeshEventKind.InboundStarted, 0, "front-0"),
                Event(195, MeshEventKind.InboundEnded, 0, "front-0", 200), Event(200, MeshEventKind.AttemptEnded, 0, "front-0", 200),
            ] },
            new() { Parent = 0, From = "front-0", To = "pay", Path = "/pay", Start = Ms(20), End = Ms(180), Status = 200, Events =
            [
                Event(20, MeshEventKind.AttemptStarted, 0, "pay-0"), Event(21, MeshEventKind.InboundStarted, 0, "pay-0"), Event(120, MeshEventKind.AttemptEnded, 0, "pay-0", 504, ResponseFlags.UT),
                Event(120, MeshEventKind.RetryScheduled, 0, "", 504, ResponseFlags.UT, 25), Event(140, MeshEventKind.InboundEnded, 0, "pay-0", 200),
                Event(145, MeshEventKind.AttemptStarted, 1, "pay-1"), Event(146, MeshEventKind.InboundStarted, 1, "pay-1"), Event(179, MeshEventKind.InboundEnded, 1, "pay-1", 200), Event(180, MeshEventKind.AttemptEnded, 1, "pay-1", 200),
            ] },
            new() { Parent = 0, From = "front-0", To = "stock", Path = "/reserve", Start = Ms(20), End = Ms(40), Status = 200, Events =
            [
                Event(20, MeshEventKind.AttemptStarted, 0, "stock-0"), Event(21, MeshEventKind.InboundStarted, 0, "stock-0"), Event(39, MeshEventKind.InboundEnded, 0, "stock-0", 200), Event(40, MeshEventKind.AttemptEnded, 0, "stock-0", 200),
            ] },
        ],
    };

    private static ExemplarEvent Event(double at, MeshEventKind kind, int attempt, string endpoint, int outcome = 0, ResponseFlags flags = ResponseFlags.None, double duration = 0) =>
        new(Ms(at), kind, attempt, endpoint, outcome, flags, Ms(duration));
}
