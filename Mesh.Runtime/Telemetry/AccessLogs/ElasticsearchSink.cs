using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Resilience;
using Microsoft.Extensions.Logging;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>
/// Elasticsearch's <c>_bulk</c>. What the server cannot take now (429, 5xx, no answer), the whole batch or single documents of it, is sent again
/// after a growing wait until it is taken or the process ends; documents that it refuses for what they are (other 4xx) are lost and counted.
/// </summary>
internal sealed class ElasticsearchSink : ILogSink
{
    private readonly ElasticsearchConfig _config;
    private readonly KeyedRandom _random;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly HttpClient _client;
    private readonly LogTime _index;
    private readonly RetryConfig _backoff;
    private readonly ArrayBufferWriter<byte> _body = new(1 << 16);
    private readonly Uri _bulk;
    private readonly string _target;
    private ulong _batches;
    private bool _failing;

    public ElasticsearchSink(ElasticsearchConfig config, KeyedRandom random, TimeProvider time, ILogger log)
    {
        _config = config;
        _random = random;
        _time = time;
        _log = log;
        _bulk = new Uri($"{config.Endpoint.AbsoluteUri.TrimEnd('/')}/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason");
        _target = config.Endpoint.GetLeftPart(UriPartial.Authority);
        _index = new LogTime(config.Index, out _);
        _backoff = new RetryConfig { BackoffStyle = BackoffStyle.Linkerd, BackoffBase = config.BackoffBase, BackoffMax = config.BackoffMax };
        _client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
        if (config.ApiKey is { } key) _client.DefaultRequestHeaders.Authorization = new("ApiKey", key.Reveal());
        else if (config.Username is { } user)
            _client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{config.Password?.Reveal()}")));
    }

    public string Name => "elasticsearch";

    public int MaxCount => _config.MaxDocuments;

    public int MaxBytes => _config.MaxBytes;

    public TimeSpan MaxWait => _config.MaxWait;

    public async ValueTask<int> WriteAsync(LogBatch batch, CancellationToken cancellation)
    {
        List<int> waiting = [.. Enumerable.Range(0, batch.Count)];
        int lost = 0;
        ulong number = _batches++;
        for (int retry = 0; waiting.Count > 0; retry++)
        {
            var answer = await SendAsync(batch, waiting, cancellation).ConfigureAwait(false);
            int sent = waiting.Count;
            waiting = answer.Again;
            lost += answer.Refused;
            if (answer.Refused > 0) SinkLog.Refused(_log, _target, answer.Refused, sent, answer.Status, answer.Reason);
            if (waiting.Count == 0) break;
            Note(failing: true, answer.Reason);
            var wait = answer.RetryAfter ?? RetryBackoff.Delay(_backoff, retry, _random.Bits(Concern.TelemetryBackoff, number, retry));
            if (!await WaitAsync(wait, cancellation).ConfigureAwait(false)) return lost + waiting.Count;
        }
        Note(failing: false, "");
        return lost;
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<BulkAnswer> SendAsync(LogBatch batch, List<int> documents, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(_config.RequestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _bulk)
            {
                Content = new ReadOnlyMemoryContent(Body(batch, documents)) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-ndjson") } },
            };
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            return await BulkAnswer.ReadAsync(response, documents, _time, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return BulkAnswer.None(documents, e is HttpRequestException ? e.Message : $"no answer within {_config.RequestTimeout.TotalSeconds} s.");
        }
    }

    /// <summary>Before each document the action: <c>create</c>, which indices and data streams both take.</summary>
    private ReadOnlyMemory<byte> Body(LogBatch batch, List<int> documents)
    {
        _body.ResetWrittenCount();
        foreach (int document in documents)
        {
            _body.Write("{\"create\":{\"_index\":\""u8);
            _index.Write(batch.TimeOf(document), _body);
            _body.Write("\"}}\n"u8);
            _body.Write(batch[document].Span);
        }
        return _body.WrittenMemory;
    }

    private async Task<bool> WaitAsync(TimeSpan wait, CancellationToken cancellation)
    {
        try
        {
            await Task.Delay(wait < _config.BackoffMax ? wait : _config.BackoffMax, _time, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Note(bool failing, string reason)
    {
        if (failing == _failing) return;
        _failing = failing;
        if (failing) SinkLog.Failing(_log, Name, _target, reason);
        else SinkLog.Recovered(_log, Name, _target);
    }
}
