using System.Threading.Channels;

namespace Mesh.Runtime.ControlPlane;

/// <summary>
/// Says when to look at a folder again: when the system has seen a change in it, and at the latest after a while, for some file systems see nothing. A file renamed over another and a swapped
/// link are changes of the folder too. For one reader.
/// </summary>
public sealed class FolderWatch : IDisposable
{
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly FileSystemWatcher? _watcher;   // null where the system has none to give: then looking has to do

    /// <summary>Watches a folder, which need not be there.</summary>
    public FolderWatch(string folder)
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = new FileSystemWatcher(folder);
            watcher.Changed += (_, _) => _changed.Writer.TryWrite(true);
            watcher.Created += (_, _) => _changed.Writer.TryWrite(true);
            watcher.Deleted += (_, _) => _changed.Writer.TryWrite(true);
            watcher.Renamed += (_, _) => _changed.Writer.TryWrite(true);
            watcher.Error += (_, _) => _changed.Writer.TryWrite(true);
            watcher.EnableRaisingEvents = true;
            _watcher = watcher;
        }
        catch (Exception error) when (error is IOException or ArgumentException or UnauthorizedAccessException)
        {
            watcher?.Dispose();
        }
    }

    /// <summary>Waits for a change, but no longer than <paramref name="most"/>, and not beyond a cancellation. Never throws.</summary>
    /// <param name="most">When to look all the same.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task NextAsync(TimeSpan most, TimeProvider time, CancellationToken cancellation)
    {
        using var poll = new CancellationTokenSource(most, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(poll.Token, cancellation);
        Task change = _changed.Reader.ReadAsync(either.Token).AsTask();
        await change.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Watches no more.</summary>
    public void Dispose() => _watcher?.Dispose();
}
