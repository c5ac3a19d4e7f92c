using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Threading.Channels;
using Google.Protobuf;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Transport;

/// <summary>
/// The last good snapshot on disk, without faults: a sidecar that starts while the control plane is away serves by it. Written whole and for its owner alone, beside the sidecar's work;
/// of those that wait to be written only the newest is.
/// </summary>
internal sealed class SnapshotFile : IAsyncDisposable
{
    private const string Head = "meshlab-snapshot 1 ";
    private const int LargestFile = 512 << 20;

    private readonly Channel<Wire.Push> _waiting = Channel.CreateBounded<Wire.Push>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly Action<string> _said;
    private readonly Task _writing;

    /// <summary>The file in a directory of the sidecar's own.</summary>
    /// <param name="folder">The directory, which is made where there is none.</param>
    /// <param name="said">Told what goes wrong.</param>
    /// <exception cref="IOException">The directory cannot be made, or is open to others.</exception>
    public SnapshotFile(string folder, Action<string> said)
    {
        try
        {
            PrivateFiles.EnsureFolder(folder);
        }
        catch (IdentityException e)
        {
            throw new IOException(e.Message, e);
        }
        (Path, _said) = (System.IO.Path.Combine(folder, "last.snapshot"), said);
        _writing = WriteAllAsync();
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>What was kept; <c>null</c> where there is nothing, or it does not read, which is said.</summary>
    public Wire.Push? Load()
    {
        try
        {
            if (new FileInfo(Path) is { Exists: true, Length: > LargestFile }) throw new InvalidDataException("it is too large");
            return PrivateFiles.Read(Path) is { } content ? Read(content) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or IdentityException or InvalidProtocolBufferException)
        {
            _said($"the last snapshot in '{Path}' is ignored: {e.Message}");
            return null;
        }
    }

    /// <summary>Has it written, soon.</summary>
    public void Save(Wire.Push push) => _waiting.Writer.TryWrite(push);

    /// <summary>Writes what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    private async Task WriteAllAsync()
    {
        await foreach (var push in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                PrivateFiles.Write(Path, Written(push));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _said($"the snapshot of version {push.Version} is not kept in '{Path}': {e.Message}");
            }
        }
    }

    private static byte[] Written(Wire.Push push)
    {
        byte[] content = push.ToByteArray();
        return [.. Encoding.ASCII.GetBytes($"{Head}{XxHash64.HashToUInt64(content):x16}\n"), .. content];
    }

    private static Wire.Push Read(ReadOnlySpan<byte> file)
    {
        int head = Head.Length + 16 + 1;
        if (file.Length < head || !file.StartsWith(Encoding.ASCII.GetBytes(Head))) throw new InvalidDataException("it is not a snapshot of this version of MeshLab.");
        var content = file[head..];
        bool isWhole = ulong.TryParse(file.Slice(Head.Length, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong hash) && hash == XxHash64.HashToUInt64(content);
        return isWhole ? Wire.Push.Parser.ParseFrom(content) : throw new InvalidDataException("it is damaged.");
    }
}
