using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Import;

/// <summary>
/// Reads the single values of an isotope service graph exactly as Istio's own parser does (isotope/convert/pkg/graph): unknown keys are ignored,
/// sizes are powers of 1024 whatever their unit says, probabilities are 0 to 100 and 0 means always.
/// </summary>
internal sealed class IsotopeValues(Problems problems)
{
    /// <summary>A share: a number from 0 to 1, or a text with a percent sign.</summary>
    public YamlScalar? Percentage(YamlMap map, string key)
    {
        if (Find(map, key) is not { } scalar) return null;
        string text = scalar.Text.Trim();
        bool percent = text.EndsWith('%');
        if (!double.TryParse(percent ? text[..^1] : text, System.Globalization.CultureInfo.InvariantCulture, out double value)) return Fail<YamlScalar>(scalar, key, $"'{text}' is not a share; write 0.1 or \"10%\".");
        double share = percent ? value / 100 : value;
        if (share is < 0 or > 1) return Fail<YamlScalar>(scalar, key, $"'{text}' is outside the range from 0 to 1, or 0% to 100%.");
        return share == 0 ? null : YamlBuilder.Scalar(scalar.Place, Language.Notation.Percent(share));
    }

    /// <summary>A size in bytes; every unit is a power of 1024, as in Docker's <c>RAMInBytes</c>.</summary>
    public YamlScalar? Size(YamlMap map, string key)
    {
        if (Find(map, key) is not { } scalar) return null;
        string text = scalar.Text.Trim();
        string number = text.TrimEnd("bBiIkKmMgGtTpP ".ToCharArray());
        string unit = text[number.Length..].Trim().ToUpperInvariant().TrimEnd('B').TrimEnd('I');
        int power = unit.Length == 0 ? 0 : unit.Length > 1 ? -1 : "KMGTP".IndexOf(unit, StringComparison.Ordinal) + 1;
        if (power < 0 || !double.TryParse(number, System.Globalization.CultureInfo.InvariantCulture, out double value) || value < 0) return Fail<YamlScalar>(scalar, key, $"'{text}' is not a size; write 1024, 1 KB or 16KiB.");
        long bytes = (long)(value * Math.Pow(1024, power));
        return bytes == 0 ? null : YamlBuilder.Scalar(scalar.Place, bytes % 1024 == 0 ? $"{bytes / 1024}KiB" : $"{bytes}B");
    }

    /// <summary>A whole number from 0.</summary>
    public int? Count(YamlMap map, string key)
    {
        if (Find(map, key) is not { } scalar) return null;
        if (int.TryParse(scalar.Text, out int value) && value >= 0) return value;
        Fail<YamlScalar>(scalar, key, $"'{scalar.Text}' is not a whole number from 0.");
        return null;
    }

    /// <summary>A chance in percent; 0 means always.</summary>
    public YamlScalar? Probability(YamlMap map, string key)
    {
        if (Count(map, key) is not { } percent || percent is 0 or 100) return null;
        var scalar = Find(map, key)!;
        return percent <= 100 ? YamlBuilder.Scalar(scalar.Place, $"{percent}%") : Fail<YamlScalar>(scalar, key, $"'{percent}' is outside the range from 0 to 100.");
    }

    /// <summary>A text.</summary>
    public YamlScalar? Text(YamlMap map, string key) => Find(map, key);

    public T? Fail<T>(YamlValue at, string path, string message) where T : class
    {
        problems.Error(at.Place, path, message);
        return null;
    }

    private YamlScalar? Find(YamlMap map, string key)
    {
        var value = map.Find(key)?.Value;
        if (value is null or YamlScalar { IsNull: true }) return null;
        return value as YamlScalar ?? Fail<YamlScalar>(value, key, $"needs a single value, but there is {value.Kind}.");
    }
}
