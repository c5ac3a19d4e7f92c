using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>Times in JSON as people write them: <c>5m</c>, <c>1h30m</c>, <c>12.5s</c>; written in seconds, and <c>never</c> for one without an end.</summary>
internal sealed partial class DurationText : JsonConverter<TimeSpan>
{
    private const string Never = "never";

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
        return Parse(text) ?? throw new JsonException($"'{text}' is not a time such as \"5m\", \"90s\" or \"1h30m\"");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value == Timeout.InfiniteTimeSpan ? Never : string.Create(CultureInfo.InvariantCulture, $"{value.TotalSeconds:0.######}s"));

    /// <summary>The time; <c>null</c> where the text is none.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (text == Never) return Timeout.InfiniteTimeSpan;
        if (!Whole().IsMatch(text)) return null;
        double seconds = 0;
        foreach (Match part in Part().Matches(text))
            seconds += double.Parse(part.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * part.Groups[2].Value switch { "ms" => 0.001, "s" => 1, "m" => 60, _ => 3600 };
        return seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <summary>A time for people: <c>5m</c>, <c>1h30m</c>, <c>12.5s</c>.</summary>
    public static string Of(TimeSpan time)
    {
        if (time == Timeout.InfiniteTimeSpan) return Never;
        var rest = time - TimeSpan.FromMinutes((long)time.TotalMinutes);
        string hours = time.TotalHours >= 1 ? $"{(long)time.TotalHours}h" : "", minutes = time.Minutes > 0 ? $"{time.Minutes}m" : "";
        string seconds = rest > TimeSpan.Zero || time < TimeSpan.FromMinutes(1) ? string.Create(CultureInfo.InvariantCulture, $"{rest.TotalSeconds:0.###}s") : "";
        return hours + minutes + seconds;
    }

    [GeneratedRegex(@"^([0-9]{1,12}(\.[0-9]{1,9})?(ms|s|m|h))+\z", RegexOptions.NonBacktracking)]
    private static partial Regex Whole();

    [GeneratedRegex(@"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)", RegexOptions.NonBacktracking)]
    private static partial Regex Part();
}
