using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Mesh.Reports.Plots;

/// <summary>Brings values onto an axis, and writes its ticks.</summary>
internal sealed class AxisMap(ChartAxis axis, bool down = false)
{
    /// <summary>Whether the axis is laid out by logarithm.</summary>
    public bool IsLog => axis.Scale is AxisScale.LogSeconds or AxisScale.LogPercent;

    /// <summary>The value in the axis's own coordinates.</summary>
    public double ToAxis(double value) => IsLog ? Math.Log10(value) : down ? -value : value;

    /// <summary>Sets limits and ticks for the data, with room above it for <paramref name="lanes"/> lines of text. A <paramref name="roomy"/> axis has more ticks.</summary>
    public void Apply(IAxis target, IEnumerable<double> data, IReadOnlyList<string> rows, int lanes, bool roomy = true)
    {
        var values = data.Select(ToAxis).Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        double low = axis.Min is { } min ? ToAxis(min) : values.Min();
        double high = axis.Max is { } max ? ToAxis(max) : values.Max() + (IsLog ? 0 : (values.Max() - low) * 0.06);
        // On a logarithmic axis the least and the greatest value would lie on the frame.
        if (IsLog && axis.Min is null) low -= (high - low) * 0.04;
        if (IsLog && axis.Max is null) high += (high - low) * 0.02;
        if (down) (low, high) = (Math.Min(low, high), Math.Max(low, high));
        if (!(high > low)) high = low + 1;
        high += (high - low) * 0.09 * lanes;
        target.Range.Set(low, high);
        if (rows.Count > 0) target.TickGenerator = Manual(rows.Select((name, row) => (ToAxis(row), Short(name))));
        else if (IsLog) target.TickGenerator = Manual(LogTicks(low, high, roomy));
        else target.TickGenerator = new NumericAutomatic { LabelFormatter = Format, IntegerTicksOnly = false, TargetTickCount = 6 };
    }

    private static NumericManual Manual(IEnumerable<(double At, string Text)> ticks)
    {
        var manual = new NumericManual();
        foreach (var (at, text) in ticks) manual.AddMajor(at, text);
        return manual;
    }

    private string Format(double value) => axis.Scale switch
    {
        // Room for labels may lie above 100%, but no share does.
        AxisScale.Percent => value > 1.0001 ? "" : Percent(value),
        AxisScale.Seconds => Rendering.Units.Duration(value),
        _ => value.ToString("#,##0.###", CultureInfo.InvariantCulture),
    };

    private static string Short(string name) => name.Length <= 28 ? name : string.Concat(name.AsSpan(0, 17), "…", name.AsSpan(name.Length - 10));

    /// <summary>Every decade, and as many steps between them as there is room for.</summary>
    private IEnumerable<(double At, string Text)> LogTicks(double low, double high, bool roomy)
    {
        double decades = (high - low) * (roomy ? 1 : 2);
        double[] steps = axis.Scale == AxisScale.LogPercent || decades >= 3.2 ? [1]
            : decades >= 1.2 ? [1, 2, 5]
            : decades >= 0.4 ? [1, 2, 3, 5, 7]
            : [1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9];
        for (int decade = (int)Math.Floor(low); decade <= Math.Ceiling(high); decade++)
            foreach (double step in steps)
            {
                double at = decade + Math.Log10(step);
                if (at < low - 1e-9 || at > high + 1e-9) continue;
                double value = Math.Pow(10, decade) * step;
                yield return (at, axis.Scale == AxisScale.LogPercent ? Percent(value) : Rendering.Units.Duration(value));
            }
    }

    private static string Percent(double share) => (share * 100).ToString("0.#####", CultureInfo.InvariantCulture) + "%";
}
