using System.Globalization;
using Mesh.Reports.Results;
using Mesh.Reports.Statistics;

namespace Mesh.Reports.Rendering;

/// <summary>Numbers as people read them: three significant digits and the unit that fits. What is not a number is a dash.</summary>
public static class Units
{
    /// <summary>A dash, for what was not seen.</summary>
    public const string None = "–";

    /// <summary>Seconds: <c>1.25 s</c>, <c>38.1 ms</c>, <c>420 µs</c>.</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds)) return None;
        double size = Math.Abs(seconds);
        if (size == 0) return "0 ms";
        // The thresholds lie half a digit below the unit, so that 999.9 ms becomes 1 s and not 1000 ms.
        if (size >= 0.9995) return Digits(seconds) + " s";
        if (size >= 0.0009995) return Digits(seconds * 1e3) + " ms";
        return Digits(seconds * 1e6) + " µs";
    }

    /// <summary>A share as percent: <c>99.95%</c>. Never rounded up to 100%, nor down to 0%.</summary>
    public static string Percent(double share)
    {
        if (!double.IsFinite(share)) return None;
        if (share is > 0.9999 and < 1) return ">99.99%";
        if (share is > 0 and < 0.0001) return "<0.01%";
        return (share * 100).ToString("0.##", CultureInfo.InvariantCulture) + "%";
    }

    /// <summary>A rate: <c>1,250/s</c>.</summary>
    public static string Rate(double perSecond) => double.IsFinite(perSecond) ? Digits(perSecond) + "/s" : None;

    /// <summary>A plain number with three significant digits: <c>1.34</c>, <c>12,500</c>.</summary>
    public static string Number(double value) => double.IsFinite(value) ? Digits(value) : None;

    /// <summary>A count: <c>1,234,567</c>.</summary>
    public static string Count(long value) => value.ToString("#,##0", CultureInfo.InvariantCulture);

    /// <summary>A value of an <see cref="ExpectationVerdict"/> in its unit.</summary>
    public static string Of(double? value, string unit) => value is not { } number ? None : unit switch
    {
        "s" => Duration(number),
        "ratio" => Percent(number),
        "1/s" => Rate(number),
        _ => Number(number),
    };

    /// <summary>An interval: <c>37.2 – 38.9 ms</c> written by <paramref name="format"/>; a dash without one.</summary>
    public static string Interval(Interval interval, Func<double, string> format) =>
        interval is { Low: { } low, High: { } high } ? $"{format(low)} to {format(high)}" : None;

    private static string Digits(double value)
    {
        double size = Math.Abs(value);
        string format = size >= 99.95 ? "#,##0" : size >= 9.995 ? "0.#" : size >= 0.9995 ? "0.##" : "0.###";
        return value.ToString(format, CultureInfo.InvariantCulture);
    }
}
