using Mesh.Reports.Exemplars;
using Mesh.Reports.Results;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Tests.Exemplars;

public sealed class ExemplarRecorderTests
{
    private const int Most = 20;

    private readonly MeshDirectory _directory = new();
    private readonly ExemplarRecorder _recorder;

    public ExemplarRecorderTests()
    {
        _recorder = new ExemplarRecorder(_directory, Most);
        _directory.AddProxy("ingress", "ingress", "");
        _directory.AddProxy("front-0", "front", "");
        _directory.AddClass("front", "/");
        _directory.AddClass("back", "/");
    }

    [Fact]
    public void The_slowest_successes_are_kept_with_the_calls_in_their_course()
    {
        for (ulong i = 1; i <= 1000; i++) Play(i, took: (long)(i * 7919 % 1000));
        var kept = _recorder.Finish();
        Assert.Equal(Enumerable.Range(980, 20).Select(took => (long)took).Reverse(), kept.Select(one => one.Duration));
        Assert.All(kept, one =>
        {
            Assert.Equal(["front", "back"], one.Calls.Select(call => call.To));
            Assert.Equal([-1, 0], one.Calls.Select(call => call.Parent));
            Assert.Equal([MeshEventKind.AttemptStarted, MeshEventKind.AttemptEnded], one.Calls[0].Events.Select(e => e.Kind));
        });
        Assert.Equal(0, _recorder.Buffered);
    }

    [Fact]
    public void A_rare_kind_of_failure_is_seen_among_thousands_of_another()
    {
        for (ulong i = 1; i <= 5000; i++) Play(i, 10, 503, i == 2500 ? ResponseFlags.UO : ResponseFlags.UT);
        var kept = _recorder.Finish();
        Assert.All(kept, one => Assert.True(one.Failed));
        Assert.Single(kept, one => one.Flags == ResponseFlags.UO);
        Assert.InRange(kept.Count, 2, Most);
    }

    [Fact]
    public void Failures_of_inner_calls_tell_kinds_apart()
    {
        for (ulong i = 1; i <= 100; i++) Play(i, 10, 500, inner: i % 2 == 0 ? ResponseFlags.CO : ResponseFlags.UT);
        var kept = _recorder.Finish();
        Assert.Equal([ResponseFlags.UT, ResponseFlags.CO], kept.Take(2).Select(one => one.AllFlags));
        Assert.Equal("back", kept[0].Cause!.To);
    }

    [Fact]
    public void Requests_under_way_take_a_bounded_room_and_those_beyond_are_counted()
    {
        for (ulong i = 1; i <= 300_000; i++) _recorder.On(Event(MeshEventKind.RequestStarted, i << 35, 0), enters: true);
        Assert.InRange(_recorder.Buffered, 100_000, ExemplarRecorder.MostBuffered);
        Assert.Equal(300_000 - _recorder.Buffered, _recorder.Skipped);
        for (ulong i = 1; i <= 300_000; i++) _recorder.On(Event(MeshEventKind.RequestEnded, i << 35, 5) with { Outcome = 200, Duration = 5 }, enters: false);
        Assert.Equal(0, _recorder.Buffered);
    }

    [Fact]
    public void Of_a_long_run_one_request_in_eight_is_looked_at()
    {
        for (ulong i = 1; i <= 100_000; i++) Play(i << 32, 10);
        Assert.Equal((100_000 - ExemplarRecorder.LookedAtAll) * 7 / 8, _recorder.Skipped);
    }

    [Fact]
    public void A_request_with_too_many_decisions_is_cut_and_says_so()
    {
        _recorder.On(Event(MeshEventKind.RequestStarted, 1, 0), enters: true);
        for (int i = 0; i < 2 * ExemplarRecorder.MostInTree; i++) _recorder.On(Event(MeshEventKind.RetryScheduled, 1, i), enters: false);
        Assert.Equal(ExemplarRecorder.MostInTree, _recorder.Buffered);
        _recorder.On(Event(MeshEventKind.RequestEnded, 1, 9) with { Outcome = 200, Duration = 9 }, enters: false);
        Assert.True(Assert.Single(_recorder.Finish()).Truncated);
    }

    [Fact]
    public void The_steady_state_allocates_nothing()
    {
        for (ulong i = 1; i <= 5000; i++) Play(i, 10 + (long)(i % 10), i % 5 == 0 ? 503 : 200);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong i = 5001; i <= 10_000; i++) Play(i, 10 + (long)(i % 10), i % 5 == 0 ? 503 : 200);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_warm_up_and_calls_of_unknown_requests_are_left_out()
    {
        var mesh = new ToyMesh().Call("ingress", "front", "/", 50, 900).Call("front", "back", "/", 150, 80).Call("ingress", "front", "/", 200, 30);
        var recorder = new RunRecorder(mesh.Directory, new RecorderOptions { Warmup = ToyMesh.Ms(100), End = ToyMesh.Ms(1000) });
        mesh.Play(recorder);
        var record = recorder.Finish(new ReplicationFacts { Replication = 0, Seed = 1, TraceHash = "", VirtualSeconds = 1, WallSeconds = 1 });
        Assert.Equal(ToyMesh.Ms(30), Assert.Single(record.Exemplars).Duration);
    }

    [Fact]
    public void The_table_finds_what_a_dictionary_finds()
    {
        var table = new RequestTable();
        var model = new Dictionary<ulong, CallTree>();
        ulong draw = 1;
        for (int i = 0; i < 20_000; i++)
        {
            draw = draw * 6364136223846793005 + 1442695040888963407;
            ulong key = (draw >> 33) % 3000 + 1;
            if (draw >> 62 == 0) { table.Remove(key); model.Remove(key); }
            else { var tree = new CallTree(); table.Add(key, tree); model[key] = tree; }
            Assert.Equal(model.Count, table.Count);
        }
        for (ulong key = 1; key <= 3000; key++) Assert.Same(model.GetValueOrDefault(key), table.Find(key));
    }

    private static MeshEvent Event(MeshEventKind kind, ulong request, long at) => new() { At = at, Kind = kind, Proxy = 0, Class = 0, Request = request, Endpoint = -1 };

    /// <summary>A request that calls back once.</summary>
    private void Play(ulong key, long took, int status = 200, ResponseFlags flags = ResponseFlags.None, ResponseFlags inner = ResponseFlags.None)
    {
        ulong child = key + (1UL << 20);
        On(Event(MeshEventKind.RequestStarted, key, 0));
        On(Event(MeshEventKind.AttemptStarted, key, 0));
        On(Event(MeshEventKind.RequestStarted, child, 1) with { Parent = key, Proxy = 1, Class = 1 });
        On(Event(MeshEventKind.RequestEnded, child, took - 1) with { Outcome = inner == 0 ? 200 : 503, Flags = inner, Duration = took - 2 });
        On(Event(MeshEventKind.AttemptEnded, key, took));
        On(Event(MeshEventKind.RequestEnded, key, took) with { Outcome = status, Flags = flags, Duration = took });

        void On(MeshEvent e) => _recorder.On(e, enters: e is { Kind: MeshEventKind.RequestStarted, Parent: 0 });
    }
}
