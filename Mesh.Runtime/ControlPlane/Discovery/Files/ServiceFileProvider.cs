using System.IO.Hashing;
using System.Text;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.ControlPlane.Discovery.Files;

/// <summary>
/// Services from a file. A change is seen by the system's watch on the file's folder, so that a file renamed over it and a swapped link are seen too, and at the latest when the content is
/// next looked at. A bad file changes nothing: the last good one stays, and the status names all its problems.
/// </summary>
public sealed class ServiceFileProvider : DiscoveryProvider
{
    /// <summary>Largest file that is read.</summary>
    private const long MaxBytes = 16 << 20;

    /// <summary>Most problems of one file that are named.</summary>
    private const int MaxProblems = 20;

    private readonly ServiceFileOptions _options;
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);
    private UInt128? _seen;

    /// <summary>A provider that has not started.</summary>
    /// <param name="options">The file.</param>
    /// <param name="sink">Told of its services.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The world's draws.</param>
    public ServiceFileProvider(ServiceFileOptions options, IDiscoverySink sink, TimeProvider time, KeyedRandom random)
        : base(options.Source, options.Reconnect, sink, time, random) => _options = options;

    private protected override async Task WatchAsync(CancellationToken cancellation)
    {
        using var watch = new FolderWatch(Path.GetDirectoryName(Path.GetFullPath(_options.Path))!);
        while (true)
        {
            await LookAsync(cancellation).ConfigureAwait(false);
            await watch.NextAsync(_options.PollInterval, Time, cancellation).ConfigureAwait(false);
            // Whatever else goes on in the folder, the file is not read all the time.
            await WaitAsync(_options.SettleTime, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the file over if its content is new.</summary>
    private async Task LookAsync(CancellationToken cancellation)
    {
        if (await ReadAsync(cancellation).ConfigureAwait(false) is not { } content || content.Hash == _seen) return;
        while (true)
        {
            await WaitAsync(_options.SettleTime, cancellation).ConfigureAwait(false);
            if (await ReadAsync(cancellation).ConfigureAwait(false) is not { } again) return;
            if (again.Hash == content.Hash) break;
            content = again;
        }
        _seen = content.Hash;
        Take(content);
    }

    private void Take(Content content)
    {
        var (services, problems) = ServiceFileReader.Read(content.Text, _options.Path);
        if (problems.Count > 0)
        {
            string more = problems.Count > MaxProblems ? $"\nand {problems.Count - MaxProblems} more problems." : "";
            Failed(string.Join('\n', problems.Take(MaxProblems)) + more);
            return;
        }
        foreach (var (service, endpoints) in services) Report(Observation(service, endpoints, content));
        foreach (string gone in _reported.Except(services.Keys).Order(StringComparer.Ordinal).ToList())
        {
            Report(Observation(gone, [], content));
            _reported.Remove(gone);
        }
        _reported.UnionWith(services.Keys);
        Synced();
    }

    private ServiceObservation Observation(string service, IReadOnlyList<ObservedEndpoint> endpoints, Content content) => new()
    {
        Source = Source,
        Service = service,
        Endpoints = endpoints,
        TakenAt = Now,
        Revision = $"{(ulong)content.Hash:x16}",
        ValidFor = Timeout.InfiniteTimeSpan,
    };

    private async Task<Content?> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            var file = new FileInfo(_options.Path);
            if (file is { Exists: true, Length: > MaxBytes }) return Refuse($"{_options.Path}: the file is larger than {MaxBytes >> 20} MiB, the largest that is read.");
            byte[] bytes = await File.ReadAllBytesAsync(_options.Path, cancellation).ConfigureAwait(false);
            return new Content(XxHash128.HashToUInt128(bytes), Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF'));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return Refuse($"{_options.Path}: there is no such file.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Refuse($"{_options.Path}: the file cannot be read: {error.Message}");
        }
    }

    private Content? Refuse(string reason)
    {
        // Once, not at every look; and the same content is news when it comes back.
        if (Status.State is ProviderState.Synced or ProviderState.Connecting || Status.Reason != reason) Failed(reason);
        _seen = null;
        return null;
    }

    private sealed record Content(UInt128 Hash, string Text);
}
