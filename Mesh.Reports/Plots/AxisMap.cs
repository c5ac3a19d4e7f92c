using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Mesh.Reports.Plots;

/// <summary>Brings values onto an axis, and writes its ticks.</summary>
internal sealed class AxisMap(ChartAxis axis, bool down = false)
{
    private bool IsLog => axis.Scale is AxisScale.LogSeconds or AxisScale.LogPercent;

    /// <summary>The value in the axis's own coordinates.</summary>
    public double ToAxis(double value) => IsLog ? Math.Log10(value) : down ? -value : value;

    /// <summary>Sets limits and ticks for the data.</summary>
    public void Apply(IAxis target, IEnumerable<double> data, IReadOnlyList<string> rows)
    {
        var values = data.Select(ToAxis).Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        double low = axis.Min is { } min ? ToAxis(min) : values.Min();
        double high = axis.Max is { } max ? ToAxis(max) : values.Max() + (IsLog ? 0 : (values.Max() - low) * 0.06);
        if (down) (low, high) = (Math.Min(low, high), Math.Max(low, high));
        if (!(high > low)) high = low + 1;
        target.Range.Set(low, high);
        if (rows.Count > 0) target.TickGenerator = Manual(rows.Select((name, row) => (ToAxis(row), name)));
        else if (IsLog) target.TickGenerator = Manual(LogTicks(low, high));
        else target.TickGenerator = new NumericAutomatic { LabelFormatter = Format, IntegerTicksOnly = false, TargetTickCount = 6 };
    }

    private static NumericManual Manual(IEnumerable<(double At, string Text)> ticks)
    {
        var manual = new NumericManual();
        foreach (var (at, text) in ticks) manual.AddMajor(at, text);
        return manual;
    }

    private string Format(double value) => axis.Scale == AxisScale.Percent ? Percent(value) : value.ToString("#,##0.###", CultureInfo.InvariantCulture);

    /// <summary>1, 2 and 5 of each decade when there are few decades, else every decade.</summary>
    private IEnumerable<(double At, string Text)> LogTicks(double low, double high)
    {
        double[] steps = high - low < 1.2 ? [1, 2, 3, 5, 7] : high - low < 2.5 && axis.Scale == AxisScale.LogSeconds ? [1, 2, 5] : [1];
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
