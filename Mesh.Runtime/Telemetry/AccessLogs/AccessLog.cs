using System.Threading.Channels;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>
/// One access log: requests put down their facts in a bounded queue and go on; one writer formats them and hands batches to the sink.
/// A sink that cannot keep up makes the queue full, and requests that find it full are dropped and counted.
/// </summary>
internal sealed class AccessLog : IAsyncDisposable
{
    private static readonly TimeSpan LastGrace = TimeSpan.FromSeconds(1);
    private readonly ILogFormat _format;
    private readonly ILogSink _sink;
    private readonly TimeProvider _time;
    private readonly TimeSpan _flushTimeout;
    private readonly Channel<RequestFacts> _queue;
    private readonly CancellationTokenSource _noMoreTime = new();
    private readonly Task _writer;
    private long _overflowed;
    private long _lost;

    public AccessLog(ILogFormat format, ILogSink sink, int queueSize, TimeSpan flushTimeout, TimeProvider time)
    {
        _format = format;
        _sink = sink;
        _time = time;
        _flushTimeout = flushTimeout;
        _queue = Channel.CreateBounded<RequestFacts>(new BoundedChannelOptions(queueSize) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _writer = WriteAllAsync();
    }

    public ILogFormat Format => _format;

    public string SinkName => _sink.Name;

    /// <summary>Requests that found the queue full.</summary>
    public long Overflowed => Interlocked.Read(ref _overflowed);

    /// <summary>Requests that the sink took and could not deliver.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    public void On(RequestFacts facts)
    {
        if (!_queue.Writer.TryWrite(facts)) Interlocked.Increment(ref _overflowed);
    }

    /// <summary>Delivers what is queued, within the flush timeout.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        if (!await EndsWithinAsync(_flushTimeout).ConfigureAwait(false))
        {
            await _noMoreTime.CancelAsync().ConfigureAwait(false);
            // A pipe that nobody reads cannot be cancelled: it is left alone.
            if (!await EndsWithinAsync(LastGrace).ConfigureAwait(false)) return;
        }
        await _sink.DisposeAsync().ConfigureAwait(false);
        _noMoreTime.Dispose();
    }

    private async Task<bool> EndsWithinAsync(TimeSpan timeout)
    {
        try
        {
            await _writer.WaitAsync(timeout, _time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task WriteAllAsync()
    {
        var batch = new LogBatch();
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))   // true until completed and empty
        {
            Fill(batch);
            if (_sink.MaxWait > TimeSpan.Zero && !IsFull(batch)) await WaitForMoreAsync(batch).ConfigureAwait(false);
            int lost = _noMoreTime.IsCancellationRequested ? batch.Count : await _sink.WriteAsync(batch, _noMoreTime.Token).ConfigureAwait(false);
            Interlocked.Add(ref _lost, lost);
            batch.Clear();
        }
    }

    private async Task WaitForMoreAsync(LogBatch batch)
    {
        using var due = new CancellationTokenSource(_sink.MaxWait, _time);
        try
        {
            while (!IsFull(batch) && await _queue.Reader.WaitToReadAsync(due.Token).ConfigureAwait(false)) Fill(batch);
        }
        catch (OperationCanceledException)
        {
            // The oldest has waited long enough.
        }
    }

    private void Fill(LogBatch batch)
    {
        while (!IsFull(batch) && _queue.Reader.TryRead(out var facts)) batch.Add(facts, _format);
    }

    private bool IsFull(LogBatch batch) => batch.Count >= _sink.MaxCount || batch.Bytes.Length >= _sink.MaxBytes;
}
