using ScottPlot;

namespace Mesh.Reports.Plots;

/// <summary>Draws charts with ScottPlot.</summary>
internal static class ChartRenderer
{
    /// <summary>The chart as a PNG file's bytes, under its title, at twice the size for sharp screens.</summary>
    public static byte[] Png(Chart chart, int width, int height)
    {
        var plot = Draw(chart, width, titled: true);
        plot.ScaleFactor = 2;
        return plot.GetImageBytes(width * 2, height * 2, ImageFormat.Png);
    }

    /// <summary>The chart as an SVG document, <paramref name="titled"/> when it stands alone.</summary>
    public static string Svg(Chart chart, int width, int height, bool titled = false) => SvgText.Clean(Draw(chart, width, titled).GetSvgXml(width, height), width, height, chart.Name + "-" + width);

    private static Plot Draw(Chart chart, int width, bool titled)
    {
        PlotFonts.Register();
        var plot = new Plot();
        var x = new AxisMap(chart.X);
        var y = new AxisMap(chart.Y, down: chart.Rows.Count > 0);
        foreach (var span in chart.Spans) plot.Add.HorizontalSpan(span.From, span.To, SpanColor(chart, span).WithAlpha(0.10)).LineStyle.Width = 0;
        // The first series is the most important one: it is drawn last, on top.
        foreach (var series in chart.Series.Reverse()) DrawSeries(plot, series, x, y);
        int lanes = SpanLabels.Draw(plot, chart, width);
        x.Apply(plot.Axes.Bottom, chart.Series.SelectMany(series => series.X), [], 0, roomy: width > 600);
        y.Apply(plot.Axes.Left, chart.Series.SelectMany(series => series.Y.Concat(series.High).Concat(series.Low)), chart.Rows, lanes);
        SpanLabels.Raise(plot);
        Style(plot, chart);
        if (titled) Title(plot, chart);
        return plot;
    }

    private static Color SpanColor(Chart chart, ChartSpan span) =>
        Color.FromHex(span.Name == "warm-up" ? Palette.Muted : Palette.Series[(chart.Spans.Select(one => one.Name).Distinct().ToList().IndexOf(span.Name) + 1) % Palette.Series.Count]);

    private static void DrawSeries(Plot plot, ChartSeries series, AxisMap x, AxisMap y)
    {
        var color = Color.FromHex(Palette.Series[series.Color % Palette.Series.Count]);
        double[] xs = [.. series.X.Select(x.ToAxis)], ys = [.. series.Y.Select(y.ToAxis)];
        if (series.Dots)
        {
            plot.Add.Markers(xs, ys, MarkerShape.FilledCircle, 8, color.WithAlpha(0.55));
            return;
        }
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
            line.MarkerSize = count == 1 || series.Marked ? 6 : 0;
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
        plot.Axes.Right.MinimumSize = 16;
        plot.Axes.Top.MinimumSize = 10;
        // Charts under each other share their time axis only if they begin at the same place.
        if (chart.Rows.Count == 0) plot.Axes.Left.MinimumSize = 70;
        if (chart.Series.Count(series => !series.Dots) < 2) plot.HideLegend();
        else Legend(plot.ShowLegend(Edge.Top), chart);

        void Label(LabelStyle label, string text)
        {
            label.Text = text;
            label.FontSize = 12;
            label.Bold = false;
            label.ForeColor = ink;
        }
    }

    private static void Title(Plot plot, Chart chart)
    {
        plot.Axes.Title.Label.Text = chart.Title;
        plot.Axes.Title.Label.FontSize = 15;
        plot.Axes.Title.Label.Bold = true;
        plot.Axes.Title.Label.ForeColor = Color.FromHex(Palette.Ink);
    }

    private static void Legend(ScottPlot.Panels.LegendPanel panel, Chart chart)
    {
        panel.Padding = new PixelPadding(0, 0, 6, 2);
        var legend = panel.Legend;
        legend.DisplayPlottableLegendItems = false;
        foreach (var series in chart.Series)
            legend.ManualItems.Add(new LegendItem { LabelText = series.Name, LineColor = Color.FromHex(Palette.Series[series.Color % Palette.Series.Count]), LineWidth = 2 });
        legend.Orientation = Orientation.Horizontal;
        legend.Margin = legend.Padding = new PixelPadding(0);
        legend.OutlineWidth = 0;
        legend.ShadowColor = Colors.Transparent;
        legend.BackgroundColor = Colors.White;
        legend.FontSize = 12;
        legend.FontColor = Color.FromHex(Palette.Ink);
        legend.SymbolWidth = 18;
        legend.TightHorizontalWrapping = true;
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
