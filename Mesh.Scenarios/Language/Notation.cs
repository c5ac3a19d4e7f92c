using System.Globalization;

namespace Mesh.Scenarios.Language;

/// <summary>Quantities as one would write them in a scenario.</summary>
internal static class Notation
{
    /// <summary>Seconds in the unit that reads best, with at most four significant digits: <c>8ms</c>, <c>1.25s</c>.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        0 => "0ms",
        < 1e-6 => Number(seconds * 1e9) + "ns",
        < 1e-3 => Number(seconds * 1e6) + "us",
        < 1 => Number(seconds * 1e3) + "ms",
        _ => Number(seconds) + "s",
    };

    /// <summary>A ratio in percent.</summary>
    public static string Percent(double ratio) => Number(ratio * 100) + "%";

    /// <summary>Requests per second.</summary>
    public static string Rate(double perSecond) => Number(perSecond) + "/s";

    /// <summary>A plain number, with at most five significant digits and no exponent.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value)) return value.ToString(CultureInfo.InvariantCulture);
        double magnitude = Math.Abs(value);
        if (magnitude >= 10_000) return Math.Round(value).ToString("0", CultureInfo.InvariantCulture);
        int digits = magnitude == 0 ? 0 : Math.Clamp(4 - (int)Math.Floor(Math.Log10(magnitude)), 0, 12);
        return Math.Round(value, digits).ToString("0.############", CultureInfo.InvariantCulture);
    }
}
