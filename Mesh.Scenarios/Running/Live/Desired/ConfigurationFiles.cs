using System.Text;
using System.Text.RegularExpressions;
using Mesh.Runtime.ControlPlane;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Running.Live.Desired;

/// <summary>The files of a configuration's directory: those that end in <c>.yaml</c> or <c>.yml</c> and do not begin with a dot, in order of their names.</summary>
internal static partial class ConfigurationFiles
{
    private const int MaxFiles = 1000;

    /// <summary>What is wrong with a file's name; <c>null</c> for nothing.</summary>
    public static string? ProblemOfName(string name) =>
        NameRule().IsMatch(name) ? null : $"'{name}' is no name of a configuration file; it has letters, digits, '-', '_' and '.', does not begin with a dot, and ends in .yaml";

    /// <summary>All files, or <c>null</c> after telling why they cannot be read.</summary>
    public static IReadOnlyList<ConfigurationFile>? Read(string folder, Problems problems)
    {
        try
        {
            string[] names = [.. Directory.EnumerateFiles(folder).Select(Path.GetFileName).OfType<string>().Where(name => NameRule().IsMatch(name)).Order(StringComparer.Ordinal)];
            if (names.Length > MaxFiles) problems.Error(new Place(folder), "", $"has {names.Length} configuration files; at most {MaxFiles} are read.");
            if (problems.HasErrors) return null;
            var files = new List<ConfigurationFile>();
            foreach (string name in names)
                if (YamlFile.ReadText(Path.Combine(folder, name), problems) is { } text) files.Add(new ConfigurationFile(name, text));
            return problems.HasErrors ? null : files;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Error(new Place(folder), "", Directory.Exists(folder) ? $"the directory cannot be read: {error.Message}" : "there is no such directory.");
            return null;
        }
    }

    /// <summary>Writes a file beside its place, to the disk, and then moves it there: a reader sees the old or the new one. <c>null</c> removes it.</summary>
    public static void Write(string folder, string name, string? text)
    {
        string path = Path.Combine(folder, name);
        if (text is null)
        {
            File.Delete(path);
            return;
        }
        string part = Path.Combine(folder, $".{name}.new");
        using (var file = new FileStream(part, FileMode.Create, FileAccess.Write))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        File.Move(part, path, overwrite: true);
    }

    [GeneratedRegex(@"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}\.ya?ml\z")]
    private static partial Regex NameRule();
}
