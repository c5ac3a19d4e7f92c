using System.Text;

namespace Mesh.Scenarios.Language.Yaml;

/// <summary>Reads a text file that may turn out to be missing, a directory, empty, or no text at all.</summary>
internal static class YamlFile
{
    /// <summary>Largest file that is read. A mesh of 10,000 services fits in a tenth of it.</summary>
    public const long MaxBytes = 64 << 20;

    /// <summary>The file's text, or <c>null</c> after telling why there is none.</summary>
    public static string? ReadText(string file, Problems problems)
    {
        var place = new Place(file);
        byte[] bytes;
        try
        {
            if (Directory.Exists(file)) return Refuse("this is a directory; name the scenario file in it.");
            if (!File.Exists(file)) return Refuse(Missing(file));
            if (new FileInfo(file).Length > MaxBytes) return Refuse($"the file is larger than {MaxBytes >> 20} MiB, the largest that is read.");
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Refuse($"the file cannot be read: {error.Message}");
        }
        if (!TryDecode(bytes, out string text)) return Refuse("this is not a text file; a scenario is YAML in UTF-8.");
        if (string.IsNullOrWhiteSpace(text)) return Refuse("the file is empty; 'meshlab init' writes a first scenario to start from.");
        return text;

        string? Refuse(string message)
        {
            problems.Error(place, "", message);
            return null;
        }
    }

    private static bool TryDecode(byte[] bytes, out string text)
    {
        text = "";
        try
        {
            text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        return !text.Any(c => c < ' ' && c is not ('\n' or '\r' or '\t'));
    }

    private static string Missing(string file)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(file)) ?? ".";
        if (!Directory.Exists(directory)) return "there is no such file, nor its directory.";
        var siblings = Directory.EnumerateFiles(directory).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal);
        string? near = Suggest.Nearest(Path.GetFileName(file), siblings);
        return near is null ? "there is no such file." : $"there is no such file. Did you mean '{near}'?";
    }
}
