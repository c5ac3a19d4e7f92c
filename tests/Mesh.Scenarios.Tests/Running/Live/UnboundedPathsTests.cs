using Mesh.Reports.Rendering;
using Mesh.Reports.Results;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Running.Live;
using Mesh.Simulator;

namespace Mesh.Scenarios.Tests.Running.Live;

/// <summary>Clients of a live mesh ask for whatever they like: what is kept of it is bounded, and the record still tells all that there was.</summary>
public sealed class UnboundedPathsTests
{
    private const int Paths = 10_000;

    [Fact]
    public async Task Ten_thousand_paths_add_one_class_a_service_and_are_all_in_the_record()
    {
        var config = LiveWorld.WithServices("shop: {serviceTime: 0ms, workers: 1000}").Config;
        var directory = new MeshDirectory();
        var recorder = new LiveRecorder(new RunRecorder(directory, new RecorderOptions { Warmup = 0, End = TimeSpan.TicksPerHour, Window = TimeSpan.TicksPerSecond, Ingress = World.Ingress }));
        await using var world = new Mesh.Scenarios.Running.Live.LiveWorld(new NodeHost(config, directory, recorder));
        await world.StartAsync(CancellationToken.None);
        recorder.Begin(world.Time.GetTimestamp());
        int classes = directory.Classes.Count;

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://{world.Ingress}") };
        await Parallel.ForEachAsync(Enumerable.Range(0, Paths), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancellation) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/item/{i}") { Headers = { Host = "shop" } };
            using var response = await client.SendAsync(request, cancellation);
            Assert.Equal(200, (int)response.StatusCode);
        });
        Assert.InRange(directory.Classes.Count - classes, 0, 1);

        var record = recorder.Finish(new ReplicationFacts { Replication = 0, Seed = 1, TraceHash = "", VirtualSeconds = 1, WallSeconds = 1, EventsFired = 0, StopReason = "completed" });
        var edge = Assert.Single(record.Edges, edge => edge is { From: World.Ingress, To: "shop" });
        Assert.Equal(MeshDirectory.AnyPath, edge.Path);
        Assert.Equal(Paths, record.Select(new EdgeFilter { From = World.Ingress, To = "shop" }).Requests);
        string page = HtmlReport.Page(new RunRecord { Scenario = "paths", File = "", World = "live", Seed = 1, DurationSeconds = 1, Replications = [record], Replay = "", RanAt = DateTimeOffset.UnixEpoch });
        Assert.Contains("10,000", page, StringComparison.Ordinal);
    }
}
