using System.Globalization;
using System.Text.RegularExpressions;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Shapes;

/// <summary>A kind of quantity: a number and a unit. A number without its unit is an error, 0 apart.</summary>
/// <param name="What">Its name with the article: <c>a duration</c>.</param>
/// <param name="Example">How it is written.</param>
/// <param name="Usual">The units to propose where none was written.</param>
/// <param name="Units">Its units, and what one of each is worth.</param>
internal sealed partial record Quantity(string What, string Example, string[] Usual, params IReadOnlyList<(string Unit, double Worth)> Units)
{
    /// <summary>Seconds.</summary>
    public static readonly Quantity Duration = new("a duration", "300ms", ["ms", "s", "m"],
        ("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600));

    /// <summary>Requests a second.</summary>
    public static readonly Quantity Rate = new("a rate", "400/s", ["/s", "/m"], ("/s", 1), ("/m", 1.0 / 60), ("/h", 1.0 / 3600));

    /// <summary>A ratio, 100% being 1.</summary>
    public static readonly Quantity Percent = new("a percentage", "70%", ["%"], ("%", 0.01));

    /// <summary>Bits a second; the prefixes are decimal.</summary>
    public static readonly Quantity Bandwidth = new("a bandwidth", "10Mbit/s", ["Mbit/s", "Gbit/s"],
        ("bit/s", 1), ("kbit/s", 1e3), ("Mbit/s", 1e6), ("Gbit/s", 1e9), ("Tbit/s", 1e12));

    /// <summary>Bytes: KB, MB, GB are powers of 1000; KiB, MiB, GiB of 1024.</summary>
    public static readonly Quantity Size = new("a size", "16KiB", ["B", "KiB", "MiB"],
        ("B", 1), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("KiB", 1024), ("MiB", 1024 * 1024), ("GiB", 1024.0 * 1024 * 1024));

    /// <summary>The pattern of a well-formed text, for the JSON Schema.</summary>
    public string Pattern => $"^({Number} ?({string.Join('|', Units.Select(unit => Regex.Escape(unit.Unit)))}))+$";

    private const string Number = @"[0-9]+(\.[0-9]+)?";

    /// <summary>The value, or what is wrong with the text. Several parts add up (<c>1m30s</c>).</summary>
    public string? Parse(string text, out double value)
    {
        value = 0;
        if (text is "0") return null;
        if (text.StartsWith('-')) return $"'{text}' is negative; write {What} of 0 or more, such as {Example}.";
        var parts = Parts().Matches(text);
        if (parts.Count == 0 || parts.Sum(part => part.Length) != text.Length) return $"'{text}' is not {What}; write it as {Example}.";
        foreach (Match part in parts)
        {
            string unit = part.Groups["unit"].Value;
            if (unit.Length == 0) return $"'{text}' has no unit; write {string.Join(" or ", Usual.Select(usual => text + usual))}.{Fraction(text)}";
            if (WorthOf(unit) is not { } worth) return $"'{text}' has the unit '{unit}', which no {Noun} has.{Suggest.From(unit, [.. Units.Select(known => known.Unit)], "Units")}";
            double number = double.Parse(part.Groups["number"].Value, CultureInfo.InvariantCulture);
            // Dividing by a whole number keeps 70% the same double as 0.7.
            value += worth < 1 ? number / Math.Round(1 / worth) : number * worth;
        }
        return double.IsFinite(value) ? null : $"'{text}' is too large for {What}.";
    }

    private string Noun => What[(What.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    // 0.7 where 70% is wanted.
    private string Fraction(string text) => this == Percent && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double ratio) && ratio < 1 ? $" A ratio of {text} is {ratio * 100:0.######}%." : "";

    private double? WorthOf(string unit)
    {
        foreach (var (known, worth) in Units)
        {
            if (known == unit) return worth;
        }
        return null;
    }

    [GeneratedRegex(@"(?<number>[0-9]+(\.[0-9]+)?) ?(?<unit>[^0-9.\s]*)")]
    private static partial Regex Parts();
}
