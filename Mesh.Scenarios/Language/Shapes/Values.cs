using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Shapes;

/// <summary>The single values of the language.</summary>
internal static partial class Values
{
    private const string TextSchema = """{"type": "string", "minLength": 1}""";

    /// <summary>Longest time that may be written.</summary>
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(365);

    /// <summary>Any text.</summary>
    public static readonly Shape<string> Text = new ScalarShape<string>("a text", TextSchema, (string text, out string value) => (value = text).Length == 0 ? "the text is empty." : null);

    /// <summary>Any text as it stands, with the line ends that a protocol asks for.</summary>
    public static readonly Shape<string> Verbatim = new ScalarShape<string>("a text", TextSchema, (string text, out string value) => (value = text).Length == 0 ? "the text is empty." : null, verbatim: true);

    /// <summary>The name of a service, version, zone, workload or account.</summary>
    public static readonly Shape<string> Name = new ScalarShape<string>("a name such as cart", $$"""{"type": "string", "pattern": "{{NamePattern}}"}""",
        (string text, out string value) => NameRule().IsMatch(value = text) ? null : $"'{text}' is not a name; a name has letters, digits, '-', '_' and '.', and begins with a letter or digit.");

    /// <summary>The path of a request.</summary>
    public static readonly Shape<string> RequestPath = new ScalarShape<string>("a path such as /checkout", """{"type": "string", "pattern": "^/[^\\s?#]*$"}""",
        (string text, out string value) => PathRule().IsMatch(value = text) ? null : $"'{text}' is not a path; a path begins with '/' and has no spaces, '?' or '#'.");

    /// <summary>The method of a request.</summary>
    public static readonly Shape<string> Method = new ScalarShape<string>("a method such as GET", """{"type": "string", "pattern": "^[A-Z]+$"}""",
        (string text, out string value) => MethodRule().IsMatch(value = text) ? null : $"'{text}' is not a method; write it in capitals, such as GET or POST.");

    /// <summary>An IP address.</summary>
    public static readonly Shape<IPAddress> Address = new ScalarShape<IPAddress>("an address such as 203.0.113.7", TextSchema,
        (string text, out IPAddress value) => IPAddress.TryParse(text, out value!) ? null : $"'{text}' is not an IP address; write it as 203.0.113.7 or 2001:db8::7.");

    /// <summary>Yes or no.</summary>
    public static readonly Shape<bool> Flag = new ScalarShape<bool>("true or false", """{"type": "boolean"}""",
        (string text, out bool value) => (value = text == "true") || text == "false" ? null : $"'{text}' is neither true nor false.");

    /// <summary>The seed.</summary>
    public static readonly Shape<ulong> Seed = new ScalarShape<ulong>("a whole number such as 42", """{"type": "integer", "minimum": 0}""",
        (string text, out ulong value) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) ? null
            : $"'{text}' is not a seed; a seed is a whole number from 0 to {ulong.MaxValue}.");

    /// <summary>A time in ticks of 100 ns.</summary>
    public static readonly Shape<TimeSpan> Duration = new ScalarShape<TimeSpan>("a duration such as 300ms", QuantitySchema(Quantity.Duration), ParseDuration);

    /// <summary>A time above 0.</summary>
    public static readonly Shape<TimeSpan> PositiveDuration = new ScalarShape<TimeSpan>("a duration such as 300ms", QuantitySchema(Quantity.Duration, zero: false),
        (string text, out TimeSpan value) => ParseDuration(text, out value) ?? (value > TimeSpan.Zero ? null : $"'{text}' must be above 0, such as 300ms."));

    /// <summary>A time in seconds.</summary>
    public static readonly Shape<double> Seconds = new ScalarShape<double>("a duration such as 5ms", QuantitySchema(Quantity.Duration),
        (string text, out double value) => Quantity.Duration.Parse(text, out value) ?? (value <= LongestTime.TotalSeconds ? null : $"'{text}' is longer than a year."));

    /// <summary>Requests a second.</summary>
    public static readonly Shape<double> Rate = new ScalarShape<double>("a rate such as 400/s", QuantitySchema(Quantity.Rate),
        (string text, out double value) => Quantity.Rate.Parse(text, out value) ?? (value <= 1e9 ? null : $"'{text}' is more than a thousand million a second."));

    /// <summary>A ratio, 0 to 1.</summary>
    public static readonly Shape<double> Percent = PercentUpTo(1, "at most 100%");

    /// <summary>Bits a second, above 0.</summary>
    public static readonly Shape<double> Bandwidth = new ScalarShape<double>("a bandwidth such as 1Gbit/s", QuantitySchema(Quantity.Bandwidth, zero: false),
        (string text, out double value) => Quantity.Bandwidth.Parse(text, out value) ?? (value > 0 ? null : $"'{text}' must be above 0, such as 1Gbit/s."));

    /// <summary>Bytes.</summary>
    public static readonly Shape<long> Size = new ScalarShape<long>("a size such as 16KiB", QuantitySchema(Quantity.Size), ParseSize);

    /// <summary>A number above 0, without a unit.</summary>
    public static readonly Shape<double> Positive = new ScalarShape<double>("a number above 0", """{"type": "number", "exclusiveMinimum": 0}""",
        (string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && value > 0 && double.IsFinite(value) ? null
            : $"'{text}' is not a number above 0.");

    /// <summary>A whole number within bounds.</summary>
    public static Shape<int> Count(int least, int most = 1_000_000) => new ScalarShape<int>($"a whole number from {least}",
        $$"""{"type": "integer", "minimum": {{least}}, "maximum": {{most}}}""",
        (string text, out int value) =>
        {
            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)) return $"'{text}' is not a whole number; write one from {least} to {most}.";
            return value >= least && value <= most ? null : $"{text} is outside the range; write a whole number from {least} to {most}.";
        });

    /// <summary>A ratio from 0 to a bound.</summary>
    public static Shape<double> PercentUpTo(double most, string rule, bool bound = true) => new ScalarShape<double>("a percentage such as 70%", QuantitySchema(Quantity.Percent),
        (string text, out double value) => Quantity.Percent.Parse(text, out value) ?? (value < most || (bound && value == most) ? null : $"'{text}' is outside the range; write 0% or more and {rule}."));

    /// <summary>A member of an enumeration by its name in lower camel case.</summary>
    public static Shape<TEnum> Choice<TEnum>(string what, params TEnum[] except) where TEnum : struct, Enum =>
        Choice(what, [.. Enum.GetValues<TEnum>().Where(member => !except.Contains(member)).Select(member => (JsonNamingPolicy.CamelCase.ConvertName(member.ToString()), member))]);

    /// <summary>One of several words.</summary>
    public static Shape<T> Choice<T>(string what, IReadOnlyList<(string Name, T Value)> choices) where T : struct
    {
        string[] names = [.. choices.Select(choice => choice.Name)];
        var schema = new JsonObject { ["enum"] = new JsonArray([.. names.Select(name => (JsonNode?)name)]) };
        return new ScalarShape<T>($"{what}: {string.Join(", ", names)}", schema.ToJsonString(), (string text, out T value) =>
        {
            int index = Array.IndexOf(names, text);
            value = index < 0 ? default : choices[index].Value;
            return index < 0 ? $"'{text}' is not {what}.{Suggest.From(text, names)}" : null;
        });
    }

    private const string NamePattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$";

    private static string QuantitySchema(Quantity quantity, bool zero = true)
    {
        var schema = new JsonObject { ["type"] = zero ? new JsonArray("string", "integer") : "string", ["pattern"] = quantity.Pattern };
        if (zero) (schema["minimum"], schema["maximum"]) = (0, 0);
        return schema.ToJsonString();
    }

    private static string? ParseDuration(string text, out TimeSpan value)
    {
        value = default;
        if (Quantity.Duration.Parse(text, out double seconds) is { } problem) return problem;
        if (seconds > LongestTime.TotalSeconds) return $"'{text}' is longer than a year.";
        value = TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));
        return value == TimeSpan.Zero && seconds > 0 ? $"'{text}' is shorter than 100ns, the finest time there is." : null;
    }

    private static string? ParseSize(string text, out long value)
    {
        value = 0;
        if (Quantity.Size.Parse(text, out double bytes) is { } problem) return problem;
        if (bytes > 1L << 40) return $"'{text}' is larger than 1024GiB.";
        value = (long)Math.Round(bytes);
        return null;
    }

    [GeneratedRegex(NamePattern)]
    private static partial Regex NameRule();

    [GeneratedRegex(@"^/[^\s?#]*$")]
    private static partial Regex PathRule();

    [GeneratedRegex("^[A-Z]+$")]
    private static partial Regex MethodRule();
}
