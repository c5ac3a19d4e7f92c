using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Mesh.Scenarios.Language;

/// <summary>Configuration records as text, for values that no file wrote: a profile's.</summary>
internal static class ConfigText
{
    /// <summary>The member that a key stands for; <c>null</c> where it is not set or there is none.</summary>
    public static object? ValueOf(object? config, string key) =>
        config?.GetType().GetProperties().FirstOrDefault(property => Key(property) == key)?.GetValue(config);

    /// <summary>A value, or the members of a record, each under its path.</summary>
    public static IEnumerable<(string Key, string Value)> Flatten(string path, object value)
    {
        if (!IsRecord(value)) return [(path, Of(value))];
        return value.GetType().GetProperties()
            .Where(property => property.GetIndexParameters().Length == 0)
            .Select(property => (Path: $"{path}.{Key(property)}", Value: property.GetValue(value)))
            .Where(member => member.Value is not null)
            .SelectMany(member => Flatten(member.Path, member.Value!));
    }

    /// <summary>A value as one would write it.</summary>
    public static string Of(object value) => value switch
    {
        TimeSpan time => Notation.Duration(time.TotalSeconds),
        bool flag => flag ? "true" : "false",
        Enum choice => string.Join(", ", choice.ToString().Split(", ").Select(JsonNamingPolicy.CamelCase.ConvertName)),
        string text => text,
        IEnumerable list => $"[{string.Join(", ", list.Cast<object>().Select(Of))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => $"{{{string.Join(", ", Flatten("", value).Select(member => $"{member.Key.TrimStart('.')}: {member.Value}"))}}}",
    };

    private static bool IsRecord(object value) => value is not (IFormattable or string or IEnumerable or bool);

    private static string Key(PropertyInfo property) => JsonNamingPolicy.CamelCase.ConvertName(property.Name);
}
