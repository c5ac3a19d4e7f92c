using Mesh.Runtime.Security.Identities;

namespace Mesh.Runtime.ControlPlane.Certificates;

/// <summary>Files that hold secrets: mode 0600 in a directory of mode 0700, from their first byte on, and replaced as a whole.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Makes the directory, or sees that an existing one is closed to others.</summary>
    public static void EnsureFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);   // a profile's folder is its owner's there
        else if (Directory.Exists(folder)) RefuseOpen(folder, "700");
        else Directory.CreateDirectory(folder, Owner | UnixFileMode.UserExecute);
    }

    /// <summary>Writes the file beside its place, to the disk, and then moves it there: a reader sees the old or the new one.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string part = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Owner;
        File.Delete(part);   // one left behind may have another mode
        using (var file = new FileStream(part, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(part, path, overwrite: true);
    }

    /// <summary>The file's content; <c>null</c> where there is none.</summary>
    /// <exception cref="IdentityException">Others may read it.</exception>
    public static byte[]? Read(string path)
    {
        if (!File.Exists(path)) return null;
        if (!OperatingSystem.IsWindows()) RefuseOpen(path, "600");
        return File.ReadAllBytes(path);
    }

    private static void RefuseOpen(string path, string mode)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) is var open and not 0)
            throw new IdentityException($"'{path}' is open to others ({open}), but it is for private keys; close it: chmod {mode} '{path}'.");
    }
}
