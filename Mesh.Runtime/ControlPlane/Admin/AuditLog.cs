using System.Text.Json;

namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>
/// Every change that was asked for by the admin API, and every refusal: a line of JSON each, in a file of mode 0600. It is bounded: a full file becomes <c>audit.log.1</c>, in place of the one before.
/// Paths and names only; no body and no credential is ever in it.
/// </summary>
internal sealed class AuditLog(string path, TimeProvider time, long maxBytes = 16 << 20) : IDisposable
{
    /// <summary>The file's name within the state directory.</summary>
    public const string FileName = "audit.log";

    private const int MaxText = 512;
    private readonly Lock _lock = new();
    private FileStream? _file;

    /// <summary>Adds a line.</summary>
    /// <param name="by">Who; empty for nobody known.</param>
    /// <param name="from">The address that it came from.</param>
    /// <param name="what">Method and path.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="why">Why it was refused; empty where it was not.</param>
    public void Write(string by, string from, string what, int status, string why)
    {
        byte[] line = JsonSerializer.SerializeToUtf8Bytes(new { at = time.GetUtcNow(), by = Cut(by), from, what = Cut(what), status, why = Cut(why) });
        lock (_lock)
        {
            if (_file is { Length: var length } && length > maxBytes) Turn();
            _file ??= Open();
            _file.Write(line);
            _file.WriteByte((byte)'\n');
            _file.Flush();
        }
    }

    public void Dispose()
    {
        lock (_lock) _file?.Dispose();
    }

    private void Turn()
    {
        _file!.Dispose();
        _file = null;
        File.Move(path, path + ".1", overwrite: true);
    }

    private FileStream Open()
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    private static string Cut(string text) => text.Length <= MaxText ? text : string.Concat(text.AsSpan(0, MaxText), "…");
}
