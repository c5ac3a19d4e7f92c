namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>An open stream: standard output.</summary>
internal sealed class StreamSink(string name, Stream stream) : ILogSink
{
    public string Name => name;

    public int MaxCount => 1024;

    public int MaxBytes => 1 << 16;

    public TimeSpan MaxWait => TimeSpan.Zero;

    public async ValueTask<int> WriteAsync(LogBatch batch, CancellationToken cancellation)
    {
        try
        {
            await stream.WriteAsync(batch.Bytes, cancellation).ConfigureAwait(false);
            await stream.FlushAsync(cancellation).ConfigureAwait(false);
            return 0;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)   // whoever read it is gone
        {
            return batch.Count;
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
