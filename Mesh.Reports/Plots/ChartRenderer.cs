using ScottPlot;

namespace Mesh.Reports.Plots;

/// <summary>Draws charts with ScottPlot.</summary>
internal static class ChartRenderer
{
    /// <summary>The chart as a PNG file's bytes, at twice the size for sharp screens.</summary>
    public static byte[] Png(Chart chart, int width, int height)
    {
        var plot = Draw(chart);
        plot.ScaleFactor = 2;
        return plot.GetImageBytes(width * 2, height * 2, ImageFormat.Png);
    }

    /// <summary>The chart as an SVG document.</summary>
    public static string Svg(Chart chart, int width, int height) => SvgText.Clean(Draw(chart).GetSvgXml(width, height), width, height, chart.Name + "-" + width);

    private static Plot Draw(Chart chart)
    {
        PlotFonts.Register();
        var plot = new Plot();
        var x = new AxisMap(chart.X);
        var y = new AxisMap(chart.Y, down: chart.Rows.Count > 0);
        foreach (var span in chart.Spans) DrawSpan(plot, span, chart.Spans);
        // The first series is the most important one: it is drawn last, on top.
        foreach (var series in chart.Series.Reverse()) DrawSeries(plot, series, x, y);
        x.Apply(plot.Axes.Bottom, chart.Series.SelectMany(series => series.X), []);
        y.Apply(plot.Axes.Left, chart.Series.SelectMany(series => series.Y.Concat(series.High)), chart.Rows);
        Style(plot, chart);
        return plot;
    }

    private static void DrawSpan(Plot plot, ChartSpan span, IReadOnlyList<ChartSpan> all)
    {
        int index = all.Select((one, i) => (one, i)).First(pair => pair.one == span).i;
        var color = span.Name == "warm-up" ? Color.FromHex(Palette.Muted) : Color.FromHex(Palette.Series[(index + 1) % Palette.Series.Count]);
        var shade = plot.Add.HorizontalSpan(span.From, span.To, color.WithAlpha(0.10));
        shade.LineStyle.Width = 0;
        var label = plot.Add.VerticalLine(span.From, 0, color);
        label.LabelText = span.Name;
        label.LabelOppositeAxis = true;
        label.LabelAlignment = Alignment.LowerLeft;
        label.LabelBackgroundColor = Colors.Transparent;
        label.LabelFontColor = Color.FromHex(Palette.Muted);
        label.LabelFontSize = 11;
        label.LabelBold = false;
        label.LabelPadding = 2;
        // Labels of spans that begin close together would lie on each other: every other one stands higher.
        label.LabelOffsetY = index % 2 == 1 ? -12 : 0;
    }

    private static void DrawSeries(Plot plot, ChartSeries series, AxisMap x, AxisMap y)
    {
        var color = Color.FromHex(Palette.Series[series.Color % Palette.Series.Count]);
        double[] xs = [.. series.X.Select(x.ToAxis)], ys = [.. series.Y.Select(y.ToAxis)];
        if (series.Dots)
        {
            plot.Add.Markers(xs, ys, MarkerShape.FilledCircle, 8, color.WithAlpha(0.55));
            return;
        }
        bool named = false;
        foreach (var (from, count) in Runs(ys))
        {
            if (series.Low.Count > 0)
            {
                var band = plot.Add.FillY(xs[from..(from + count)], [.. series.Low.Skip(from).Take(count).Select(y.ToAxis)], [.. series.High.Skip(from).Take(count).Select(y.ToAxis)]);
                band.FillColor = color.WithAlpha(0.18);
                band.LineWidth = 0;
                band.MarkerSize = 0;
            }
            var line = plot.Add.Scatter(xs[from..(from + count)], ys[from..(from + count)], color);
            line.LineWidth = 2;
            line.MarkerSize = count == 1 ? 5 : 0;
            if (!named) line.LegendText = series.Name;
            named = true;
        }
    }

    private static void Style(Plot plot, Chart chart)
    {
        var ink = Color.FromHex(Palette.Ink);
        var muted = Color.FromHex(Palette.Muted);
        plot.FigureBackground.Color = Colors.White;
        plot.DataBackground.Color = Colors.White;
        plot.Axes.Color(muted);
        plot.Axes.Right.FrameLineStyle.Width = plot.Axes.Top.FrameLineStyle.Width = plot.Axes.Left.FrameLineStyle.Width = 0;
        plot.Axes.Bottom.FrameLineStyle.Color = Color.FromHex("#A5ADB5");
        plot.Grid.MajorLineColor = Color.FromHex(Palette.Line);
        plot.Grid.XAxisStyle.MajorLineStyle.Width = chart.Rows.Count > 0 || chart.X.Scale == AxisScale.LogSeconds ? 1 : 0;
        foreach (var axis in new IAxis[] { plot.Axes.Bottom, plot.Axes.Left })
        {
            axis.TickLabelStyle.FontSize = 12;
            axis.TickLabelStyle.ForeColor = muted;
            axis.MajorTickStyle.Length = axis.MinorTickStyle.Length = 0;
        }
        Label(plot.Axes.Bottom.Label, chart.X.Label);
        Label(plot.Axes.Left.Label, chart.Y.Label);
        if (chart.Spans.Count > 0) plot.Axes.Top.MinimumSize = chart.Spans.Count > 1 ? 30 : 18;
        plot.Axes.Right.MinimumSize = 16;
        if (chart.Series.Count(series => !series.Dots) < 2) { plot.HideLegend(); return; }
        var legend = plot.ShowLegend(Edge.Top).Legend;
        legend.Orientation = Orientation.Horizontal;
        legend.OutlineWidth = 0;
        legend.ShadowColor = Colors.Transparent;
        legend.BackgroundColor = Colors.White;
        legend.FontSize = 12;
        legend.FontColor = ink;
        legend.SymbolWidth = 18;

        void Label(LabelStyle label, string text)
        {
            label.Text = text;
            label.FontSize = 12;
            label.Bold = false;
            label.ForeColor = ink;
        }
    }

    /// <summary>The stretches of values without a gap.</summary>
    private static IEnumerable<(int From, int Count)> Runs(double[] values)
    {
        int from = 0;
        for (int i = 0; i <= values.Length; i++)
        {
            if (i < values.Length && double.IsFinite(values[i])) continue;
            if (i > from) yield return (from, i - from);
            from = i + 1;
        }
    }
}
