using Mesh.Reports.Results;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Tests.Results;

public sealed class RunRecorderTests
{
    private static ReplicationRecord Record(ToyMesh mesh, double warmupMs = 0, double endMs = 10_000, params PhaseSpan[] phases)
    {
        var recorder = new RunRecorder(mesh.Directory, new RecorderOptions { Warmup = ToyMesh.Ms(warmupMs), End = ToyMesh.Ms(endMs), Phases = phases });
        mesh.Play(recorder);
        return recorder.Finish(new ReplicationFacts { Replication = 0, Seed = 42, TraceHash = "00", VirtualSeconds = 1e6, WallSeconds = 1 });
    }

    private static PhaseSpan Phase(string name, double fromMs, double toMs) => new(name, ToyMesh.Ms(fromMs), ToyMesh.Ms(toMs));

    [Theory]
    [InlineData(200, true)]
    [InlineData(404, true)]
    [InlineData(499, true)]
    [InlineData(500, false)]
    [InlineData(503, false)]
    [InlineData(0, false)]
    public void Success_is_a_status_from_1_to_499(int status, bool success)
    {
        var totals = Record(new ToyMesh().Call("ingress", "cart", "/", 0, 5, status)).Select();
        Assert.Equal(success ? 1 : 0, totals.Succeeded);
        Assert.Equal(success ? 0 : 1, totals.Failed);
    }

    [Fact]
    public void Requests_that_were_meant_to_start_in_the_warm_up_do_not_count()
    {
        var mesh = new ToyMesh().Call("ingress", "cart", "/", 999, 500).Call("ingress", "cart", "/", 1000, 5);
        var record = Record(mesh, warmupMs: 1000);
        Assert.Equal(1, record.Select().Requests);
        Assert.Equal(0.005, record.Select().Latency.Mean, 9);
        Assert.Equal(2, record.Edges.Single().Windows.Sum(window => window.Requests));
    }

    [Fact]
    public void A_request_that_ends_after_the_end_counts_and_one_that_starts_there_does_not()
    {
        var mesh = new ToyMesh().Call("ingress", "cart", "/", 9_999, 5_000).Call("ingress", "cart", "/", 10_000, 1);
        Assert.Equal(1, Record(mesh).Select().Requests);
    }

    [Fact]
    public void Without_a_filter_only_what_entered_is_selected()
    {
        var record = Record(new ToyMesh().Call("ingress", "cart", "/a", 0, 5).Call("cart", "stock", "/b", 1, 2).Call("cart", "stock", "/c", 1, 2));
        Assert.Equal(1, record.Select().Requests);
        Assert.Equal(2, record.Select(new EdgeFilter { To = "stock" }).Requests);
        Assert.Equal(1, record.Select(new EdgeFilter { To = "stock", Path = "/b" }).Requests);
        Assert.Equal(2, record.Select(new EdgeFilter { From = "cart" }).Requests);
        Assert.Equal(0, record.Select(new EdgeFilter { Path = "/b" }).Requests);
    }

    [Fact]
    public void Attempts_belong_to_their_requests()
    {
        var totals = Record(new ToyMesh().Call("ingress", "cart", "/", 0, 30, attempts: 3).Call("ingress", "cart", "/", 100, 10)).Select();
        Assert.Equal((4, 2, 2), (totals.Attempts, totals.Retries, totals.AttemptsFailed));
        Assert.Equal(2.0, totals.RetryAmplification);
        Assert.Equal(0.02, totals.Recovery.Mean, 9);
        Assert.Equal(1, totals.Recovery.Count);
    }

    [Fact]
    public void A_request_refused_before_any_attempt_made_none()
    {
        var totals = Record(new ToyMesh().Call("ingress", "cart", "/", 0, 0, 503, attempts: 0, ResponseFlags.UO)).Select();
        Assert.Equal(0, totals.Attempts);
        Assert.Equal(1, totals.WithFlag(ResponseFlags.UO));
    }

    [Fact]
    public void Each_flag_and_status_is_counted()
    {
        var totals = Record(new ToyMesh().Call("ingress", "cart", "/", 0, 5, 504, flags: ResponseFlags.UT | ResponseFlags.URX).Call("ingress", "cart", "/", 0, 5)).Select();
        Assert.Equal([new("URX", 1), new("UT", 1)], totals.Flags);
        Assert.Equal([new(200, 1), new(504, 1)], totals.Statuses);
    }

    [Fact]
    public void A_phase_selects_by_intended_start_and_overlapping_phases_share_their_slices()
    {
        var mesh = new ToyMesh();
        for (int i = 0; i < 100; i++) mesh.Call("ingress", "cart", "/", i * 100, 250);
        var record = Record(mesh, 0, 10_000, Phase("early", 0, 5_000), Phase("fault", 4_000, 6_000), Phase("fault", 9_000, 12_000));
        Assert.Equal(50, record.Select(new EdgeFilter { Phase = "early" }).Requests);
        Assert.Equal(30, record.Select(new EdgeFilter { Phase = "fault" }).Requests);
        Assert.Equal(3.0, record.Select(new EdgeFilter { Phase = "fault" }).Seconds, 9);
        Assert.Equal(10.0, record.Select(new EdgeFilter { Phase = "fault" }).Throughput, 9);
        Assert.Equal(100, record.Select().Requests);
    }

    [Fact]
    public void An_unknown_phase_is_an_error_that_names_the_phases()
    {
        var record = Record(new ToyMesh().Call("ingress", "cart", "/", 0, 5), 0, 100, Phase("fault", 0, 5));
        var error = Assert.Throws<ArgumentException>(() => record.Select(new EdgeFilter { Phase = "falt" }));
        Assert.Contains("no phase 'falt'; phases of this run: fault", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Breakers_are_counted_and_their_open_time_is_clipped_to_the_measured_time()
    {
        var mesh = new ToyMesh().Call("ingress", "cart", "/", 0, 5)
            .Breaker("ingress", "cart", 500, 1).Breaker("ingress", "cart", 1500, 2).Breaker("ingress", "cart", 1600, 0).Breaker("ingress", "cart", 9000, 1);
        var totals = Record(mesh, warmupMs: 1000).Select(new EdgeFilter { To = "cart" });
        Assert.Equal(1, totals.BreakerOpens);
        Assert.Equal(0.5 + 1.0, totals.BreakerOpenSeconds, 9);
    }

    [Fact]
    public void Ejections_are_counted_and_last_as_long_as_their_return_says()
    {
        var mesh = new ToyMesh().Call("ingress", "cart", "/", 0, 5)
            .Ejected("cart", 1, 500).Ejected("cart", 2, 2000).Returned("cart", 1, 4000, awayMs: 2000).Returned("cart", 2, 2500, awayMs: 500).Ejected("cart", 2, 9000);
        var totals = Record(mesh, warmupMs: 1000).Select(new EdgeFilter { To = "cart" });
        Assert.Equal(2, totals.Ejections);
        Assert.Equal(1.5 + 0.5 + 1.0, totals.EjectedSeconds, 9);   // the first came back at 2,500 ms, noticed at 4,000
    }

    [Fact]
    public void Endpoints_and_services_are_listed_even_when_nobody_called_them()
    {
        var mesh = new ToyMesh().Call("ingress", "cart", "/", 0, 30, attempts: 3);
        mesh.Directory.AddService("idle");
        mesh.Endpoint("idle");
        var record = Record(mesh);
        Assert.Equal(["cart", "idle"], record.Services.Select(service => service.Name));
        Assert.Equal((3, 2), (record.Services[0].Served, record.Services[0].Rejected));
        Assert.Equal((3, 2, 0.01), (record.Endpoints[0].Attempts, record.Endpoints[0].Failed, record.Endpoints[0].MeanLatencySeconds));
        Assert.Equal(0, record.Endpoints[1].Attempts);
    }

    [Fact]
    public void Windows_hold_what_ended_in_them()
    {
        var mesh = new ToyMesh().Call("ingress", "cart", "/", 0, 500).Call("ingress", "cart", "/", 900, 200, 503).Call("ingress", "cart", "/", 3_100, 10, attempts: 2);
        var windows = Record(mesh).Edges.Single().Windows;
        Assert.Equal([(0, 1L, 1L, 1L), (1, 1L, 0L, 1L), (3, 1L, 1L, 2L)], windows.Select(w => (w.Index, w.Requests, w.Succeeded, w.Attempts)));
        Assert.Equal(ToyMesh.Ms(200), windows[1].Latency().Max);
    }

    [Fact]
    public void A_request_to_nowhere_is_still_somebodys_failure()
    {
        var mesh = new ToyMesh();
        mesh.Add(new MeshEvent { At = 10, Kind = MeshEventKind.RequestEnded, Proxy = mesh.Proxy("ingress"), Service = -1, Class = -1, Endpoint = -1, Outcome = 404, Flags = ResponseFlags.NR });
        var totals = Record(mesh).Select();
        Assert.Equal((1, 0), (totals.Requests, totals.Attempts));
    }

    [Fact]
    public void Requests_still_running_at_the_end_are_told()
    {
        var mesh = new ToyMesh().Call("ingress", "cart", "/", 0, 5);
        mesh.Add(new MeshEvent { At = 10, Kind = MeshEventKind.RequestStarted, Proxy = 0, Class = 0, Endpoint = -1 });
        Assert.Equal(1, Record(mesh).Unfinished);
    }

    [Fact]
    public void The_steady_state_allocates_nothing()
    {
        var mesh = new ToyMesh();
        for (int i = 0; i < 50; i++) mesh.Call("ingress", "cart", "/", i, 5 + i % 7, i % 5 == 0 ? 503 : 200, 1 + i % 3, (ResponseFlags)(i % 4)).Call("cart", "stock", "/", i, 3);
        var recorder = new RunRecorder(mesh.Directory, new RecorderOptions { End = ToyMesh.Ms(1000) });
        var events = mesh.Events.OrderBy(e => e.At).ToArray();
        Play();   // more than a batch, so that everything has been touched
        long before = GC.GetAllocatedBytesForCurrentThread();
        Play();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(50 * 400, recorder.Finish(new ReplicationFacts { Replication = 0, Seed = 1, TraceHash = "", VirtualSeconds = 1, WallSeconds = 1 }).Select().Requests);

        void Play()
        {
            for (int round = 0; round < 200; round++)
                foreach (var e in events) recorder.On(e);
        }
    }

    [Fact]
    public void Batches_change_no_number()
    {
        // 60,000 requests over 300 edges: many batches. Each edge's windows and totals must come out as counted one by one.
        var mesh = new ToyMesh();
        for (int i = 0; i < 60_000; i++) mesh.Call(i % 3 == 0 ? "ingress" : $"s{i % 50}", $"s{i % 100}", "/", i * 0.1, 1 + i % 40, i % 97 == 0 ? 503 : 200, 1 + i % 2);
        var record = Record(mesh);
        foreach (var edge in record.Edges)
        {
            var requests = mesh.Events.Where(e => e.Kind == MeshEventKind.RequestEnded && mesh.Directory.Classes[e.Class].Service == edge.To
                && mesh.Directory.Services[mesh.Directory.Proxies[e.Proxy].ServiceId] == edge.From).ToList();
            var stats = edge.Slices.Single()!;
            Assert.Equal((requests.Count, requests.Count(e => e.Outcome == 200), requests.Sum(e => e.Duration)), (stats.Requests, stats.Succeeded, stats.Latency.Sum));
            Assert.Equal(requests.GroupBy(e => e.At / TimeSpan.TicksPerSecond).OrderBy(group => group.Key).Select(group => ((int)group.Key, (long)group.Count())),
                edge.Windows.Where(window => window.Requests > 0).Select(window => (window.Index, window.Requests)));
        }
        Assert.Equal(60_000, record.Edges.Sum(edge => edge.Slices.Single()!.Requests));
    }
}
