using Mesh.Runtime.Health;
using Mesh.Runtime.LoadBalancing;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Health;

/// <summary>Endpoints 0 to n - 1 of one service, and what the health decisions say about them.</summary>
internal sealed class HealthLog : IHealthListener
{
    public EndpointStates States { get; } = new();

    public List<string> Events { get; } = [];

    public static Endpoint[] Members(int count) => [.. Enumerable.Range(0, count).Select(Member)];

    public static Endpoint Member(int id) => new() { Id = id, Name = $"e{id}", Service = "s" };

    public static long Ms(double milliseconds) => (long)(milliseconds * TimeSpan.TicksPerMillisecond);

    /// <summary>An attempt that ended now, after no time.</summary>
    public static AttemptSample Sample(long now, int status, ResponseFlags flags = ResponseFlags.None, int grpc = 0, double retryAfterMs = 0, double tookMs = 0) =>
        new(now, Ms(tookMs), status, grpc, flags, Ms(retryAfterMs));

    public void Ejected(int endpoint, EjectionReason reason, long atLeast) => Events.Add($"-{endpoint} {reason} {atLeast / TimeSpan.TicksPerMillisecond}");

    public void Readmitted(int endpoint, long away) => Events.Add($"+{endpoint} {away / TimeSpan.TicksPerMillisecond}");
}
