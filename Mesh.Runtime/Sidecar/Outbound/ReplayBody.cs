using System.Buffers;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Sidecar.Wire;
using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>
/// A request's body on its way through the sidecar. One pump, not tied to any attempt, takes it from the client; attempts read what it has brought, each from the beginning.
/// What is kept for further attempts is bounded: beyond the bound, bytes that every reader has passed are dropped, and the request can no longer be repeated.
/// The pump waits while the bound is full (back-pressure), and begins with the first attempt that wants the body, so that <c>Expect: 100-continue</c> is the upstream's to answer.
/// It stops once the answer stands and nobody reads any more: an answer may come before the body's end.
/// </summary>
internal sealed class ReplayBody : IRequestBody, IDisposable
{
    private readonly HttpContent _source;
    private readonly Action _clientBroke;
    private readonly CancellationTokenSource _unwanted = new();
    private readonly Lock _lock = new();
    private readonly ReplayBuffer _buffer;
    private readonly List<Reader> _readers = new(1);
    private TaskCompletionSource? _changed;
    private bool _pumping;
    private bool _complete;
    private bool _settled;
    private bool _closed;
    private Exception? _error;
    private Exception? _intakeBroke;

    /// <summary>The body of one request.</summary>
    /// <param name="source">Where it comes from; read once.</param>
    /// <param name="limit">Bytes that are kept for further attempts.</param>
    /// <param name="clientBroke">Called once where the client breaks the body off, or sends what is no body.</param>
    public ReplayBody(HttpContent source, int limit, Action clientBroke)
    {
        _source = source;
        _buffer = new ReplayBuffer(limit);
        _clientBroke = clientBroke;
    }

    /// <inheritdoc/>
    public bool CanRepeat
    {
        get { lock (_lock) return _buffer.Start == 0 && _error is null; }
    }

    /// <inheritdoc/>
    public bool IsWhole
    {
        get { lock (_lock) return _complete && _buffer.Start == 0; }
    }

    /// <summary>Bytes that came from the client so far.</summary>
    public long Received
    {
        get { lock (_lock) return _buffer.End; }
    }

    /// <summary>The body as one attempt sends it; its headers are the attempt's to set.</summary>
    public HttpContent Open() => new ReplayContent(this);

    /// <summary>Waits until the body is here whole, for a copy of the request; <c>null</c> when it is larger than what is kept, or broke off.</summary>
    public async ValueTask<byte[]?> WholeAsync(CancellationToken cancellation)
    {
        var reader = Enter();
        try
        {
            while (true)
            {
                Task changed;
                lock (_lock)
                {
                    if (_complete) return _buffer.Start == 0 ? _buffer.ToArray() : null;
                    if (_error is not null || _buffer.Start > 0 || _buffer.IsFull) return null;
                    changed = Changes();
                }
                await changed.WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            Leave(reader);
        }
    }

    /// <summary>The answer stands: no further attempt is made, and the pump stops when nobody reads any more.</summary>
    public void Settle()
    {
        lock (_lock) _settled = true;
        StopIfUnwanted();
    }

    /// <summary>The exchange with the client is over. What is kept goes when the last reader does.</summary>
    public void Dispose()
    {
        lock (_lock) _closed = _settled = true;
        StopIfUnwanted();
    }

    /// <summary>Sends the body from its beginning, for one attempt.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="progress">Told of every piece.</param>
    /// <param name="cancellation">Cancelled when the attempt is over.</param>
    public async Task SendAsync(Stream stream, Action progress, CancellationToken cancellation)
    {
        var reader = Enter();
        byte[] piece = ArrayPool<byte>.Shared.Rent(ReplayBuffer.SegmentBytes);
        try
        {
            bool flushed = false;   // the head goes out before the first byte of a body that is slow to come
            while (true)
            {
                int count = Take(reader, piece, out var more);
                if (count < 0) return;
                if (count > 0)
                {
                    await stream.WriteAsync(piece.AsMemory(0, count), cancellation).ConfigureAwait(false);
                    progress();
                }
                else
                {
                    if (!flushed) await stream.FlushAsync(cancellation).ConfigureAwait(false);
                    await more!.WaitAsync(cancellation).ConfigureAwait(false);
                }
                flushed = count == 0;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
            Leave(reader);
        }
    }

    /// <summary>The next bytes for a reader; 0 while there are none, with the task that ends that, and -1 at the end.</summary>
    private int Take(Reader reader, Span<byte> target, out Task? more)
    {
        lock (_lock)
        {
            more = null;
            int count = _buffer.Copy(reader.Position, target);
            if (count > 0)
            {
                reader.Position += count;
                if (_buffer.IsFull) Changed();   // the pump may go on
                return count;
            }
            if (_complete) return -1;
            if (_error is not null) throw new IOException("the client broke off the request's body", _error);
            more = Changes();
            return 0;
        }
    }

    private Reader Enter()
    {
        var reader = new Reader();
        bool starts;
        lock (_lock)
        {
            if (_buffer.Start > 0 || _closed) throw new IOException("the request's body is larger than what is kept of it, and cannot be sent again");
            _readers.Add(reader);
            starts = !_pumping;
            _pumping = true;
        }
        if (starts) _ = PumpAsync();
        return reader;
    }

    private void Leave(Reader reader)
    {
        lock (_lock)
        {
            _readers.Remove(reader);
            Changed();
        }
        StopIfUnwanted();
    }

    private void StopIfUnwanted()
    {
        bool stops;
        lock (_lock)
        {
            stops = _settled && _readers.Count == 0 && _pumping && !_complete && _error is null;
            if (_closed && _readers.Count == 0 && (!_pumping || _complete || _error is not null)) _buffer.Release();
        }
        if (stops) _unwanted.Cancel();
    }

    private async Task PumpAsync()
    {
        Exception? error = null;
        try
        {
            await _source.CopyToAsync(new BodyIntake(TakeInAsync), _unwanted.Token).ConfigureAwait(false);
            error = _intakeBroke;   // YARP keeps it to itself
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException or HttpRequestException or InvalidOperationException or BadHttpRequestException)
        {
            error = broken;   // told to the attempts that read
        }
        lock (_lock)
        {
            _complete = error is null;
            _error = error;
            Changed();
        }
        if (error is not null && !_unwanted.IsCancellationRequested) _clientBroke();
        StopIfUnwanted();
    }

    /// <summary>Takes bytes from the client; completes when there is room for more.</summary>
    private ValueTask TakeInAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        int taken = TryTakeIn(bytes.Span, out var room);
        return taken == bytes.Length ? default : AwaitRoomAsync(bytes[taken..], room!, cancellation);
    }

    private async ValueTask AwaitRoomAsync(ReadOnlyMemory<byte> bytes, Task room, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await room.WaitAsync(cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException given)
            {
                _intakeBroke = given;
                throw;
            }
            bytes = bytes[TryTakeIn(bytes.Span, out var further)..];
            if (bytes.IsEmpty) return;
            room = further!;
        }
    }

    private int TryTakeIn(ReadOnlySpan<byte> bytes, out Task? room)
    {
        int taken = 0;
        lock (_lock)
        {
            while (taken < bytes.Length)
            {
                // Beyond the bound goes what every reader has passed.
                if (_buffer.IsFull && _readers.Count > 0) _buffer.DropTo(Passed());
                if (_buffer.IsFull) break;
                taken += _buffer.Append(bytes[taken..]);
            }
            if (taken > 0) Changed();
            room = taken < bytes.Length ? Changes() : null;
        }
        return taken;
    }

    private long Passed()
    {
        long passed = long.MaxValue;
        foreach (var reader in _readers) passed = Math.Min(passed, reader.Position);
        return passed;
    }

    /// <summary>Completes with the next change.</summary>
    private Task Changes() => (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void Changed()
    {
        _changed?.SetResult();
        _changed = null;
    }

    /// <summary>One attempt's place in the body.</summary>
    private sealed class Reader
    {
        public long Position { get; set; }
    }
}
