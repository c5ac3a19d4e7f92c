using System.Collections.Concurrent;
using System.Text.Json;
using Mesh.Runtime.Security;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Tests.Telemetry.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Runtime.Tests.Telemetry.AccessLogs;

/// <summary>Against a server that answers as Elasticsearch's <c>_bulk</c> does.</summary>
public class ElasticsearchSinkTests
{
    [Fact]
    public async Task Documents_go_to_the_index_of_their_day()
    {
        await using var elastic = await Elastic.StartAsync();
        await using (var telemetry = Log(elastic))
        {
            telemetry.On(Sample.Request);
            telemetry.On(Sample.Request with { Started = Sample.Started.AddDays(1) });
        }
        Assert.Equal([("meshlab-access-2026.11.26", "/pay?id=7"), ("meshlab-access-2026.11.27", "/pay?id=7")], elastic.Stored);
        var request = elastic.Requests.First();
        Assert.Equal(("/_bulk", "application/x-ndjson", "ApiKey hush"), (request.Path, request.Headers["Content-Type"], request.Headers["Authorization"]));
    }

    [Fact]
    public async Task A_batch_has_at_most_so_many_documents_and_bytes()
    {
        await using var elastic = await Elastic.StartAsync();
        await using (var telemetry = Log(elastic, config => config with { MaxDocuments = 10, MaxWait = TimeSpan.FromSeconds(30) }))
        {
            for (int i = 0; i < 95; i++) telemetry.On(Sample.Request);
        }
        Assert.Equal(95, elastic.Stored.Count);
        Assert.Equal(10, elastic.Requests.Count);

        await using var bytes = await Elastic.StartAsync();
        await using (var telemetry = Log(bytes, config => config with { MaxBytes = 3000, MaxWait = TimeSpan.FromSeconds(30) }))
        {
            for (int i = 0; i < 30; i++) telemetry.On(Sample.Request);
        }
        Assert.Equal(30, bytes.Stored.Count);
        Assert.All(bytes.Requests, request => Assert.InRange(request.Body.Length, 1, 5000));
    }

    [Fact]
    public async Task A_document_does_not_wait_longer_than_asked()
    {
        await using var elastic = await Elastic.StartAsync();
        await using var telemetry = Log(elastic, config => config with { MaxWait = TimeSpan.FromMilliseconds(50) });
        telemetry.On(Sample.Request);
        await UntilAsync(() => elastic.Stored.Count == 1);
    }

    [Fact]
    public async Task What_the_server_cannot_take_now_is_sent_again()
    {
        await using var elastic = await Elastic.StartAsync();
        elastic.Answers.Enqueue(429);
        elastic.Answers.Enqueue(503);
        elastic.Answers.Enqueue(0);   // broken connection
        await using (var telemetry = Log(elastic))
        {
            telemetry.On(Sample.Request);
            await UntilAsync(() => elastic.Stored.Count == 1);
            Assert.Equal(0, telemetry.Dropped);
        }
        Assert.Equal(4, elastic.Requests.Count);
    }

    [Fact]
    public async Task Of_a_batch_in_part_refused_only_what_can_be_taken_later_is_sent_again()
    {
        await using var elastic = await Elastic.StartAsync();
        elastic.Items["/busy"] = new([429, 201]);
        elastic.Items["/broken"] = new([400]);
        var log = new Lines();
        await using (var telemetry = Log(elastic, log: log))
        {
            foreach (string path in (string[])["/fine", "/busy", "/broken"]) telemetry.On(Sample.Request with { Path = path });
            await UntilAsync(() => elastic.Stored.Count == 2);
            await UntilAsync(() => telemetry.Dropped == 1);
        }
        Assert.Equal(["/fine", "/busy"], elastic.Stored.Select(document => document.Path));
        Assert.Contains(log.All, line => line.Contains("1 of 3 documents were refused", StringComparison.Ordinal) && line.Contains("mapper_parsing_exception", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_batch_refused_whole_is_lost_and_told_without_the_key()
    {
        await using var elastic = await Elastic.StartAsync();
        elastic.Answers.Enqueue(401);
        var log = new Lines();
        await using var telemetry = Log(elastic, log: log);
        telemetry.On(Sample.Request);
        await UntilAsync(() => telemetry.Dropped == 1);
        await UntilAsync(() => !log.All.IsEmpty);
        Assert.Contains("401", string.Join('\n', log.All));
        Assert.DoesNotContain("hush", string.Join('\n', log.All));
    }

    [Fact]
    public async Task While_the_server_is_away_the_queue_fills_and_the_rest_is_dropped_and_counted()
    {
        await using var elastic = await Elastic.StartAsync();
        for (int i = 0; i < 1000; i++) elastic.Answers.Enqueue(503);
        await using var telemetry = Log(elastic, config => config with { MaxDocuments = 10, BackoffBase = TimeSpan.FromMilliseconds(20), BackoffMax = TimeSpan.FromMilliseconds(20) }, queue: 50, metrics: new());
        for (int i = 0; i < 500; i++) telemetry.On(Sample.Request);   // 50 in the queue, 10 in the writer's hands
        await UntilAsync(() => elastic.Requests.Count > 2);
        Assert.InRange(telemetry.Dropped, 440, 450);
        Assert.Equal(telemetry.Dropped, (await Scrape.OfAsync(telemetry)).Value("meshlab_telemetry_dropped_total", ("sink", "elasticsearch"), ("reason", "overflow")));
        elastic.Answers.Clear();
        await UntilAsync(() => elastic.Stored.Count == 500 - telemetry.Dropped);
    }

    [Fact]
    public async Task The_end_is_bounded_when_the_server_never_answers()
    {
        await using var elastic = await Elastic.StartAsync();
        for (int i = 0; i < 100_000; i++) elastic.Answers.Enqueue(503);
        var telemetry = Log(elastic, flush: TimeSpan.FromMilliseconds(300));
        telemetry.On(Sample.Request);
        var began = System.Diagnostics.Stopwatch.StartNew();
        await telemetry.DisposeAsync();
        Assert.InRange(began.Elapsed, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(15));
        Assert.Equal(1, telemetry.Dropped);
    }

    private static LiveTelemetry Log(Elastic elastic, Func<ElasticsearchConfig, ElasticsearchConfig>? change = null, int queue = 8192, MetricsConfig? metrics = null, ILogger? log = null, TimeSpan? flush = null)
    {
        var sink = new ElasticsearchConfig { Endpoint = elastic.Address, ApiKey = new Secret("hush"), MaxWait = TimeSpan.FromMilliseconds(200), BackoffBase = TimeSpan.FromMilliseconds(10) };
        return new LiveTelemetry(new()
        {
            Metrics = metrics, FlushTimeout = flush ?? TimeSpan.FromSeconds(20),
            AccessLogs = [new() { Encoding = AccessLogEncoding.Ecs, QueueSize = queue, Sink = change?.Invoke(sink) ?? sink }],
        }, Sample.Directory(), Sample.Random, TimeProvider.System, log);
    }

    private static async Task UntilAsync(Func<bool> fact)
    {
        for (var limit = DateTime.UtcNow + TimeSpan.FromSeconds(20); !fact() && DateTime.UtcNow < limit;) await Task.Delay(20);
        Assert.True(fact());
    }

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => All.Enqueue(formatter(state, exception) + exception);
    }

    /// <summary>Stores documents, unless told to answer otherwise.</summary>
    private sealed class Elastic : IAsyncDisposable
    {
        private Receiver _receiver = null!;

        public Uri Address => _receiver.Address;

        public ConcurrentQueue<Received> Requests { get; } = new();

        public ConcurrentQueue<(string Index, string Path)> Stored { get; } = new();

        /// <summary>Statuses of the next answers; 0 breaks the connection.</summary>
        public ConcurrentQueue<int> Answers { get; } = new();

        /// <summary>Statuses of the next tries to store the document with this path.</summary>
        public Dictionary<string, Queue<int>> Items { get; } = [];

        private const string Stored201 = """{"create":{"status":201}}""";

        public static async Task<Elastic> StartAsync()
        {
            var elastic = new Elastic();
            elastic._receiver = await Receiver.StartAsync(elastic.AnswerAsync);
            return elastic;
        }

        public ValueTask DisposeAsync() => _receiver.DisposeAsync();

        private static string Refused(int status)
        {
            string type = status == 400 ? "mapper_parsing_exception" : "es_rejected_execution_exception";
            return JsonSerializer.Serialize(new { create = new { status, error = new { type, reason = "no" } } });
        }

        private async Task AnswerAsync(HttpContext context, Received received)
        {
            Requests.Enqueue(received);
            if (Answers.TryDequeue(out int status))
            {
                if (status == 0) context.Abort();
                else context.Response.StatusCode = status;
                return;
            }
            string[] lines = received.Text.TrimEnd('\n').Split('\n');
            List<string> items = [];
            for (int i = 0; i < lines.Length; i += 2)
            {
                string index = JsonDocument.Parse(lines[i]).RootElement.GetProperty("create").GetProperty("_index").GetString()!;
                string path = JsonDocument.Parse(lines[i + 1]).RootElement.GetProperty("url").GetProperty("original").GetString()!;
                int result = Items.TryGetValue(path, out var planned) && planned.TryDequeue(out int next) ? next : 201;
                if (result == 201) Stored.Enqueue((index, path));
                items.Add(result == 201 ? Stored201 : Refused(result));
            }
            context.Response.ContentType = "application/json";
            string errors = items.Any(item => item != Stored201) ? "true" : "false";
            await context.Response.WriteAsync($$"""{"took":1,"errors":{{errors}},"items":[{{string.Join(',', items)}}]}""");
        }
    }
}
