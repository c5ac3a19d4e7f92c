using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>
/// The body of an answer on its way to the client: tells the attempt of progress and of its end, and carries out body faults.
/// Also the two-way stream of an upgraded connection.
/// </summary>
internal sealed class AttemptBody : Stream
{
    private readonly Stream _inner;
    private readonly AttemptEnd _end;
    private readonly DataPlane _plane;
    private readonly BodyPacer? _pacer;

    public AttemptBody(Stream inner, AttemptEnd end, DataPlane plane, BodyPacer? pacer)
    {
        (_inner, _end, _plane, _pacer) = (inner, end, plane, pacer);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => _inner.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        bool asks = buffer.Length == 0;   // whether there is anything
        if (!asks && _pacer is { IsCut: true }) await CutAsync(cancellationToken).ConfigureAwait(false);
        int count;
        try
        {
            count = await _inner.ReadAsync(asks || _pacer is null ? buffer : buffer[..Math.Max(1, _pacer.Allowed(buffer.Length))], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            _end.Broke();
            throw;
        }
        if (asks) return count;
        if (count == 0)
        {
            _end.Completed();
            return 0;
        }
        if (_pacer is not null) await PaceAsync(buffer[..count], cancellationToken).ConfigureAwait(false);
        _end.Passed(count);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("bodies are read asynchronously");

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _end.Passed(0);
        return _inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("bodies are written asynchronously");

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override void Flush() => _inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            _end.Dropped();
        }
        base.Dispose(disposing);
    }

    private async ValueTask PaceAsync(Memory<byte> bytes, CancellationToken cancellation)
    {
        long wait = _pacer!.Pass(bytes.Span, _plane.Now);
        if (wait > 0) await _plane.WaitAsync(wait, cancellation).ConfigureAwait(false);
    }

    private async ValueTask CutAsync(CancellationToken cancellation)
    {
        await _plane.WaitAsync(BodyPacer.TimeToLeave, cancellation).ConfigureAwait(false);
        _inner.Dispose();
        _end.Broke();
        throw new IOException("the response was cut off by a fault");
    }
}
