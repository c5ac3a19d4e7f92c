using System.Net;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>
/// A request's body on its way through the sidecar. One pump, not tied to any attempt, takes it from the client; attempts read what it has brought, each from the beginning.
/// What is kept for further attempts is bounded: beyond the bound, bytes that every reader has passed are dropped, and the request can no longer be repeated.
/// The pump waits while the bound is full (back-pressure), and begins with the first attempt that wants the body, so that <c>Expect: 100-continue</c> is the upstream's to answer.
/// </summary>
internal sealed class ReplayBody : IRequestBody
{
    private const int SegmentBytes = 16 * 1024;
    private readonly HttpContent _source;
    private readonly int _limit;
    private readonly CancellationToken _client;
    private readonly Lock _lock = new();
    private readonly List<Reader> _readers = [];
    private readonly Queue<byte[]> _segments = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _start;
    private long _end;
    private bool _complete;
    private Exception? _error;
    private Task? _pump;

    /// <summary>The body of one request.</summary>
    /// <param name="source">Where it comes from; read once.</param>
    /// <param name="limit">Bytes that are kept for further attempts.</param>
    /// <param name="client">Cancelled when the client is gone.</param>
    public ReplayBody(HttpContent source, int limit, CancellationToken client) => (_source, _limit, _client) = (source, limit, client);

    /// <inheritdoc/>
    public bool CanRepeat
    {
        get { lock (_lock) return _start == 0 && _error is null; }
    }

    /// <inheritdoc/>
    public bool IsWhole
    {
        get { lock (_lock) return _complete && _start == 0; }
    }

    /// <summary>Bytes that came from the client so far.</summary>
    public long Received
    {
        get { lock (_lock) return _end; }
    }

    /// <summary>The body as one attempt sends it; its headers are the attempt's to set.</summary>
    public HttpContent Open() => new ReplayContent(this);

    /// <summary>Waits until the body is here whole; false when it is larger than what is kept, or broke off.</summary>
    public async ValueTask<bool> WhenWholeAsync(CancellationToken cancellation)
    {
        StartPump();
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_complete) return _start == 0;
                if (_error is not null || _start > 0 || _end - _start >= _limit) return false;
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void StartPump()
    {
        lock (_lock) _pump ??= PumpAsync();
    }

    private async Task PumpAsync()
    {
        await Task.Yield();   // not under the lock
        Exception? error = null;
        try
        {
            await _source.CopyToAsync(new Intake(this), _client).ConfigureAwait(false);
        }
        catch (Exception broken)
        {
            error = broken;   // told to the attempts that read
        }
        lock (_lock)
        {
            _complete = error is null;
            _error = error;
            Changed();
        }
    }

    /// <summary>Takes bytes from the client; completes when there is room for more.</summary>
    private async ValueTask TakeAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (bytes.Length > 0)
        {
            Task? changed = null;
            lock (_lock)
            {
                Drop();
                int room = (int)Math.Min(bytes.Length, _limit - (_end - _start));
                if (room > 0)
                {
                    Append(bytes.Span[..room]);
                    bytes = bytes[room..];
                    Changed();
                }
                else
                {
                    changed = _changed.Task;
                }
            }
            if (changed is not null) await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Drops, when the bound is reached, what every reader has passed.</summary>
    private void Drop()
    {
        if (_end - _start < _limit || _readers.Count == 0) return;
        long passed = _readers.Min(reader => reader.Position);
        while (_segments.Count > 0 && _start - (_start % SegmentBytes) + SegmentBytes <= passed)
        {
            _segments.Dequeue();
            _start += SegmentBytes - (_start % SegmentBytes);
        }
        _start = Math.Max(_start, passed);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int offset = (int)(_end % SegmentBytes);
            if (offset == 0 || _segments.Count == 0) _segments.Enqueue(new byte[SegmentBytes]);
            int count = Math.Min(SegmentBytes - offset, bytes.Length);
            bytes[..count].CopyTo(_segments.Last().AsSpan(offset));
            bytes = bytes[count..];
            _end += count;
        }
    }

    /// <summary>Copies what is here from a position on; 0 when there is nothing yet.</summary>
    private int Copy(long position, Span<byte> target)
    {
        int count = (int)Math.Min(target.Length, Math.Min(_end - position, SegmentBytes - (position % SegmentBytes)));
        if (count <= 0) return 0;
        int segment = (int)((position / SegmentBytes) - (_start / SegmentBytes));
        _segments.ElementAt(segment).AsSpan((int)(position % SegmentBytes), count).CopyTo(target);
        return count;
    }

    private void Changed()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    /// <summary>One attempt's place in the body.</summary>
    private sealed class Reader
    {
        public long Position { get; set; }
    }

    /// <summary>Sends the body from its beginning, for one attempt.</summary>
    private async Task SendAsync(Stream stream, CancellationToken cancellation)
    {
        var reader = new Reader();
        lock (_lock)
        {
            if (_start > 0) throw new IOException("the request's body is larger than what is kept of it, and cannot be sent again");
            _readers.Add(reader);
        }
        StartPump();
        try
        {
            await SendAsync(reader, stream, cancellation).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _readers.Remove(reader);
                Changed();
            }
        }
    }

    private async Task SendAsync(Reader reader, Stream stream, CancellationToken cancellation)
    {
        byte[] buffer = new byte[SegmentBytes];
        bool unflushed = true;   // the head goes out before the first byte of a body that is slow to come
        while (true)
        {
            int count;
            Task? changed = null;
            lock (_lock)
            {
                count = Copy(reader.Position, buffer);
                if (count == 0)
                {
                    if (_complete) return;
                    if (_error is not null) throw new IOException("the client broke off the request's body", _error);
                    changed = _changed.Task;
                }
                else
                {
                    reader.Position += count;
                    if (_end - _start >= _limit) Changed();
                }
            }
            if (changed is null)
            {
                await stream.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
                unflushed = true;
                continue;
            }
            if (unflushed) await stream.FlushAsync(cancellation).ConfigureAwait(false);
            unflushed = false;
            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The body as content of one attempt's message.</summary>
    private sealed class ReplayContent(ReplayBody body) : HttpContent
    {
        private int _sent;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            // SocketsHttpHandler repeats by itself what a stale connection swallowed. Whether a request is repeated is the mesh's decision.
            if (Interlocked.Exchange(ref _sent, 1) == 1) throw new IOException("the connection broke while the request was being sent");
            return body.SendAsync(stream, cancellationToken);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;   // a length that the client gave stands in the headers
        }
    }

    /// <summary>Where the pump puts what it takes.</summary>
    private sealed class Intake(ReplayBody body) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => body.TakeAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("bodies are pumped asynchronously");

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
