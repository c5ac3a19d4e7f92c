namespace Mesh.Runtime.Sidecar.Wire;

/// <summary>The stream that a body is copied to.</summary>
/// <param name="take">Takes what is written.</param>
/// <param name="flush">Sends on what has been written; <c>null</c> where that needs no word.</param>
internal sealed class BodyIntake(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> take, Func<CancellationToken, Task>? flush = null) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => take(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("bodies are pumped asynchronously");

    public override Task FlushAsync(CancellationToken cancellationToken) => flush?.Invoke(cancellationToken) ?? Task.CompletedTask;

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
