using System.Diagnostics;
using System.Text.Json;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Telemetry.Tracing;

namespace Mesh.Runtime.Tests.Telemetry.Tracing;

/// <summary>Spans as a Zipkin receiver gets them.</summary>
public class MeshTracingTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Parent = "00f067aa0ba902b7";
    private static readonly Dictionary<string, string> Nothing = [];

    [Fact]
    public async Task A_hop_and_each_of_its_attempts_are_spans_of_one_trace()
    {
        await using var zipkin = await Receiver.StartAsync();
        HopTrace hop;
        await using (var telemetry = Traced(zipkin, 100))
        {
            hop = Begin(telemetry, new() { ["traceparent"] = $"00-{Trace}-{Parent}-01" });
            telemetry.On(Sample.Event(MeshEventKind.AttemptStarted));
            telemetry.On(Sample.Event(MeshEventKind.FaultInjected, (int)FaultKind.Delay, duration: TimeSpan.FromMilliseconds(20).Ticks));
            telemetry.On(Sample.Event(MeshEventKind.AttemptEnded, 503, flags: ResponseFlags.UF));
            telemetry.On(Sample.Event(MeshEventKind.RetryScheduled, 503, attempt: 0));
            telemetry.On(Sample.Event(MeshEventKind.AttemptStarted, attempt: 1));
            telemetry.On(Sample.Event(MeshEventKind.AttemptEnded, 200, attempt: 1));
            telemetry.Tracing.EndHop(hop, Sample.Request with { IsGrpc = true, GrpcStatus = 5, Flags = ResponseFlags.DI });
        }
        var spans = Spans(await zipkin.NextAsync());

        Assert.Equal(3, spans.Length);
        Assert.All(spans, span => Assert.Equal(Trace, Text(span, "traceId")));
        Assert.All(spans, span => Assert.Equal("cart", Text(span, "localEndpoint", "serviceName")));
        var hopSpan = spans.Single(span => Text(span, "parentId") == Parent);
        Assert.Equal((hop.SpanId, "GET payments", "CLIENT", "payments"), (Text(hopSpan, "id"), Text(hopSpan, "name"), Text(hopSpan, "kind"), Text(hopSpan, "remoteEndpoint", "serviceName")));
        Assert.Equal(("GET", "200", "/pay", "DI", "5", "payments"), (Tag(hopSpan, "http.request.method"), Tag(hopSpan, "http.response.status_code"), Tag(hopSpan, "url.path"),
            Tag(hopSpan, "response_flags"), Tag(hopSpan, "rpc.grpc.status_code"), Tag(hopSpan, "upstream_cluster")));
        var attempts = spans.Where(span => Text(span, "parentId") == hop.SpanId).OrderBy(span => Tag(span, "retry.attempt")).ToArray();
        Assert.Equal(("503", "UF", "10.0.0.7", "8443"), (Tag(attempts[0], "http.response.status_code"), Tag(attempts[0], "response_flags"), Tag(attempts[0], "server.address"), Tag(attempts[0], "server.port")));
        Assert.Equal(("1", "200"), (Tag(attempts[1], "retry.attempt"), Tag(attempts[1], "http.response.status_code")));
        string[] events = [.. attempts[0].GetProperty("annotations").EnumerateArray().Select(e => e.GetProperty("value").GetString()!)];
        Assert.Contains("fault injected fault.kind=Delay fault.delay_ms=20", events);
        Assert.Contains(events, e => e.StartsWith("retry scheduled", StringComparison.Ordinal));
        Assert.All(spans, span => Assert.True(span.GetProperty("timestamp").GetInt64() > 1_500_000_000_000_000));
    }

    [Fact]
    public async Task The_endpoint_is_told_the_attempt_s_span_and_the_application_the_hop_s()
    {
        await using var zipkin = await Receiver.StartAsync();
        await using var telemetry = Traced(zipkin, 100);
        var hop = Begin(telemetry, new() { ["x-b3-traceid"] = Trace, ["x-b3-spanid"] = Parent, ["x-b3-sampled"] = "1" });
        telemetry.On(Sample.Event(MeshEventKind.AttemptStarted));
        telemetry.On(Sample.Event(MeshEventKind.AttemptStarted, attempt: 1));
        Dictionary<string, string> first = [], second = [], application = [];
        hop.InjectAttempt(0, first, (carrier, name, value) => carrier[name] = value, static (carrier, name) => carrier.Remove(name));
        hop.InjectAttempt(1, second, (carrier, name, value) => carrier[name] = value, static (carrier, name) => carrier.Remove(name));
        hop.Inject(application, (carrier, name, value) => carrier[name] = value, static (carrier, name) => carrier.Remove(name));

        Assert.All([first, second, application], headers => Assert.StartsWith($"00-{Trace}-", headers["traceparent"]));
        Assert.Equal(4, new[] { first["x-b3-spanid"], second["x-b3-spanid"], application["x-b3-spanid"], Parent }.Distinct().Count());
        Assert.Equal(hop.SpanId, application["x-b3-spanid"]);
        Assert.Equal((hop.SpanId, hop.SpanId, Parent), (first["x-b3-parentspanid"], second["x-b3-parentspanid"], application["x-b3-parentspanid"]));
        Assert.Equal("1", first["x-b3-sampled"]);
        telemetry.Tracing.EndHop(hop, Sample.Request);
    }

    [Fact]
    public async Task A_caller_s_decision_stands()
    {
        await using var zipkin = await Receiver.StartAsync();
        await using var always = Traced(zipkin, 100);
        await using var never = Traced(zipkin, 0);
        Assert.False(Begin(always, new() { ["traceparent"] = $"00-{Trace}-{Parent}-00" }).IsRecorded);
        Assert.False(Begin(always, new() { ["x-b3-sampled"] = "0" }).IsRecorded);
        Assert.True(Begin(always, new() { ["x-b3-traceid"] = Trace, ["x-b3-spanid"] = Parent }).IsRecorded);
        Assert.True(Begin(never, new() { ["traceparent"] = $"00-{Trace}-{Parent}-01" }).IsRecorded);
        Assert.True(Begin(never, new() { ["x-b3-flags"] = "1" }).IsRecorded);
        Assert.False(Begin(never, Nothing).IsRecorded);
    }

    [Fact]
    public async Task A_request_that_is_not_recorded_passes_its_context_on_unchanged()
    {
        await using var zipkin = await Receiver.StartAsync();
        await using var telemetry = Traced(zipkin, 100);
        var hop = Begin(telemetry, new() { ["traceparent"] = $"00-{Trace}-{Parent}-00", ["tracestate"] = "rojo=1" });
        Dictionary<string, string> written = [];
        hop.InjectAttempt(0, written, (carrier, name, value) => carrier[name] = value, static (carrier, name) => carrier.Remove(name));
        Assert.Equal(($"00-{Trace}-{Parent}-00", "rojo=1", "0"), (written["traceparent"], written["tracestate"], written["x-b3-sampled"]));
        Assert.Equal(Trace, hop.TraceId);
    }

    [Fact]
    public async Task About_the_asked_share_of_new_traces_is_recorded_and_the_same_ones_each_time()
    {
        await using var zipkin = await Receiver.StartAsync();
        await using var telemetry = Traced(zipkin, 10);
        ulong[] Recorded() => [.. Enumerable.Range(0, 10_000).Select(i => (ulong)i).Where(key => telemetry.Tracing.BeginHop(Reporter.Source, 0, key, Nothing, Get).IsRecorded)];
        ulong[] recorded = Recorded();
        Assert.InRange(recorded.Length, 880, 1120);   // four standard deviations
        Assert.Equal(recorded, Recorded());
    }

    [Fact]
    public async Task A_new_trace_begins_at_the_first_hop()
    {
        await using var zipkin = await Receiver.StartAsync();
        string? trace;
        await using (var telemetry = Traced(zipkin, 100))
        {
            using var other = new Activity("of the host").Start();   // must neither become the parent nor be replaced
            var hop = Begin(telemetry, new() { ["traceparent"] = "malformed", ["tracestate"] = "rojo=1" });
            Assert.Same(other, Activity.Current);
            telemetry.Tracing.EndHop(hop, Sample.Request);
            Assert.Same(other, Activity.Current);
            Assert.Null(hop.Context.State);
            trace = hop.TraceId;
        }
        var span = Assert.Single(Spans(await zipkin.NextAsync()));
        Assert.Equal(trace, Text(span, "traceId"));
        Assert.False(span.TryGetProperty("parentId", out _));
    }

    [Fact]
    public async Task Each_service_of_a_process_sends_its_own_spans()
    {
        await using var zipkin = await Receiver.StartAsync();
        await using (var telemetry = Traced(zipkin, 100))
        {
            telemetry.Tracing.EndHop(Begin(telemetry, Nothing), Sample.Request);
            telemetry.Tracing.EndHop(telemetry.Tracing.BeginHop(Reporter.Destination, 1, 7, Nothing, Get), Sample.Request with { Reporter = Reporter.Destination, Status = 500 });
        }
        var spans = Spans(await zipkin.NextAsync()).Concat(Spans(await zipkin.NextAsync())).OrderBy(span => Text(span, "localEndpoint", "serviceName")).ToArray();
        Assert.Equal(("cart", "CLIENT"), (Text(spans[0], "localEndpoint", "serviceName"), Text(spans[0], "kind")));
        Assert.Equal(("payments", "SERVER", "cart"), (Text(spans[1], "localEndpoint", "serviceName"), Text(spans[1], "kind"), Text(spans[1], "remoteEndpoint", "serviceName")));
        Assert.Equal("true", Tag(spans[1], "error"));
    }

    [Fact]
    public async Task An_attempt_still_open_ends_with_its_hop()
    {
        await using var zipkin = await Receiver.StartAsync();
        await using (var telemetry = Traced(zipkin, 100))
        {
            var hop = Begin(telemetry, Nothing);
            telemetry.On(Sample.Event(MeshEventKind.AttemptStarted));
            telemetry.Tracing.EndHop(hop, Sample.Request with { Status = 0, Flags = ResponseFlags.DC });
            telemetry.Tracing.EndHop(hop, Sample.Request);
            telemetry.On(Sample.Event(MeshEventKind.AttemptEnded));
        }
        Assert.Equal(2, Spans(await zipkin.NextAsync()).Length);
    }

    [Fact]
    public async Task Without_tracing_nothing_is_read_nor_written_nor_allocated()
    {
        await using var telemetry = Sample.Telemetry(new() { Metrics = null });
        var headers = new Dictionary<string, string> { ["traceparent"] = $"00-{Trace}-{Parent}-01" };
        var facts = Sample.Request;
        void Hop()
        {
            var hop = telemetry.Tracing.BeginHop(Reporter.Source, 0, 7, headers, Get);
            telemetry.On(Sample.Event(MeshEventKind.AttemptStarted));
            hop.InjectAttempt(0, headers, static (_, _, _) => Assert.Fail("written"), static (_, _) => Assert.Fail("removed"));
            telemetry.Tracing.EndHop(hop, facts);
            Assert.Null(hop.TraceId);
        }
        Hop();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Hop();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task The_end_does_not_wait_long_for_a_receiver_that_says_nothing()
    {
        using var hold = new CancellationTokenSource();
        await using var zipkin = await Receiver.StartAsync((_, _) => Task.Delay(Timeout.Infinite, hold.Token).ContinueWith(_ => { }, TaskScheduler.Default));
        var telemetry = new LiveTelemetry(new() { Metrics = null, FlushTimeout = TimeSpan.FromMilliseconds(500), Tracing = new() { SamplingPercent = 100, Zipkin = Spans(zipkin.Address) } }, Sample.Directory(), Sample.Random, TimeProvider.System);
        telemetry.Tracing.EndHop(Begin(telemetry, Nothing), Sample.Request);
        var began = Stopwatch.StartNew();
        await telemetry.DisposeAsync();
        await hold.CancelAsync();
        Assert.True(began.Elapsed < TimeSpan.FromSeconds(8), $"{began.Elapsed}");   // the exporter itself would wait for 10 s
    }

    private static LiveTelemetry Traced(Receiver zipkin, double percent) =>
        Sample.Telemetry(new() { Metrics = null, Tracing = new() { SamplingPercent = percent, Zipkin = Spans(zipkin.Address) } });

    private static Uri Spans(Uri receiver) => new(receiver, "/api/v2/spans");

    private static HopTrace Begin(LiveTelemetry telemetry, Dictionary<string, string> headers) => telemetry.Tracing.BeginHop(Reporter.Source, 0, 7, headers, Get);

    private static string? Get(Dictionary<string, string> headers, string name) => headers.GetValueOrDefault(name);

    private static JsonElement[] Spans(Received received)
    {
        Assert.Equal("/api/v2/spans", received.Path);
        return [.. JsonDocument.Parse(received.Body).RootElement.EnumerateArray()];
    }

    private static string? Text(JsonElement element, params string[] path)
    {
        foreach (string name in path)
        {
            if (!element.TryGetProperty(name, out element)) return null;
        }
        return element.GetString();
    }

    private static string? Tag(JsonElement span, string name) => span.GetProperty("tags").TryGetProperty(name, out var value) ? value.GetString() : null;
}
