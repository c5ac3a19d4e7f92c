using Mesh.Reports.Results;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Scenarios.Tests.Expectations;

/// <summary>Replications of which each request is known.</summary>
internal static class Records
{
    /// <summary>One replication of a mesh with one service 'front'. Each request is a latency in milliseconds; a negative one failed after its absolute value.</summary>
    public static ReplicationRecord Replication(params IEnumerable<double> requests)
    {
        var directory = new MeshDirectory();
        int proxy = directory.AddProxy("ingress", "ingress", "");
        var front = directory.AddClass("front", "/");
        var recorder = new RunRecorder(directory, new RecorderOptions { End = 10 * TimeSpan.TicksPerSecond });
        foreach (double latency in requests)
        {
            recorder.On(new MeshEvent { At = 0, Kind = MeshEventKind.RequestStarted, Proxy = proxy, Class = front.Id, Service = front.ServiceId });
            long duration = (long)(Math.Abs(latency) * TimeSpan.TicksPerMillisecond);
            recorder.On(new MeshEvent
            {
                At = TimeSpan.TicksPerSecond + duration, Kind = MeshEventKind.RequestEnded, Proxy = proxy, Class = front.Id, Service = front.ServiceId,
                Outcome = latency < 0 ? 503 : 200, Duration = duration,
            });
        }
        return recorder.Finish(new ReplicationFacts { Replication = 0, Seed = 1, TraceHash = "", VirtualSeconds = 10, WallSeconds = 1 });
    }

    /// <summary>A replication with so many requests, of which so many failed, all with the same latency.</summary>
    public static ReplicationRecord Of(int requests, int failed = 0, double milliseconds = 10) =>
        Replication(Enumerable.Range(0, requests).Select(i => i < failed ? -milliseconds : milliseconds));
}
