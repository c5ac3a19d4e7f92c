using Microsoft.Extensions.Logging;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>
/// A file that is appended to. Before each batch the path must still lead to the file that is open, as its length tells:
/// if it was deleted, moved away, replaced or cut off, it is opened anew. So logrotate needs to tell nobody.
/// </summary>
internal sealed class FileSink(string path, ILogger log) : ILogSink
{
    private FileStream? _file;
    private bool _failing;

    public string Name => "file";

    public int MaxCount => 1024;

    public int MaxBytes => 1 << 16;

    public TimeSpan MaxWait => TimeSpan.Zero;

    public async ValueTask<int> WriteAsync(LogBatch batch, CancellationToken cancellation)
    {
        try
        {
            if (_file is null || IsAnother(_file)) await ReopenAsync().ConfigureAwait(false);
            await _file!.WriteAsync(batch.Bytes, cancellation).ConfigureAwait(false);
            await _file.FlushAsync(cancellation).ConfigureAwait(false);
            if (_failing) SinkLog.Recovered(log, Name, path);
            _failing = false;
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            if (!_failing) SinkLog.Failing(log, Name, path, e.Message);
            _failing = true;
            return batch.Count;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null) await _file.DisposeAsync().ConfigureAwait(false);
    }

    private bool IsAnother(FileStream file)
    {
        var found = new FileInfo(path);
        return !found.Exists || found.Length != file.Position;
    }

    private async Task ReopenAsync()
    {
        if (_file is not null) await _file.DisposeAsync().ConfigureAwait(false);
        _file = null;
        // Others may rename and delete it meanwhile. No buffer: each batch goes out whole.
        _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);
    }
}
