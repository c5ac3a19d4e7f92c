using System.Text.Json;
using Mesh.Runtime.ControlPlane;

namespace Mesh.Scenarios.Running.Live.Desired;

/// <summary>The last configuration that was good, in the control plane's state directory.</summary>
internal sealed class LastGood(string state)
{
    private readonly string _path = Path.Combine(state, "last-good-configuration.json");

    /// <summary>The files; <c>null</c> where there are none, or they cannot be read any more.</summary>
    public IReadOnlyList<ConfigurationFile>? Load()
    {
        try
        {
            return File.Exists(_path) ? JsonSerializer.Deserialize<ConfigurationFile[]>(File.ReadAllBytes(_path)) : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps the files.</summary>
    /// <returns>Why they could not be kept; <c>null</c> where they are.</returns>
    public string? Save(IReadOnlyList<ConfigurationFile> files)
    {
        try
        {
            string part = _path + ".new";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(part, options))
            {
                JsonSerializer.Serialize(file, files);
                file.Flush(flushToDisk: true);
            }
            File.Move(part, _path, overwrite: true);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"the last good configuration could not be kept in '{_path}': {error.Message}";
        }
    }
}
