using ScottPlot;
using ScottPlot.Plottables;

namespace Mesh.Reports.Plots;

/// <summary>Names shaded spans at the top of a chart, in as many lines as it takes for none to lie on another.</summary>
internal static class SpanLabels
{
    private const float LineHeight = 15;
    private const double CharacterWidth = 6.2;
    private const double Frame = 90;

    /// <summary>Adds the names and returns how many lines they take. <see cref="Raise"/> brings them to the top once the axes are set.</summary>
    public static int Draw(Plot plot, Chart chart, int width)
    {
        if (chart.Spans.Count == 0 || chart.X is not { Min: { } min, Max: { } max }) return 0;
        double pixels = (width - Frame) / (max - min);
        var ends = new List<double>();   // of the last name in each line
        foreach (var span in chart.Spans.OrderBy(span => span.From))
        {
            double from = (span.From - min) * pixels;
            int lane = ends.FindIndex(end => end <= from);
            if (lane < 0) { lane = ends.Count; ends.Add(0); }
            ends[lane] = from + span.Name.Length * CharacterWidth + 10;
            var text = plot.Add.Text(span.Name, span.From, 0);
            text.Alignment = Alignment.UpperLeft;
            text.OffsetX = 4;
            text.OffsetY = 2 + lane * LineHeight;
            text.LabelFontSize = 11;
            text.LabelFontColor = Color.FromHex(Palette.Muted);
        }
        return ends.Count;
    }

    /// <summary>Moves the names to the top of the vertical axis.</summary>
    public static void Raise(Plot plot)
    {
        foreach (var text in plot.GetPlottables<Text>()) text.Location = new Coordinates(text.Location.X, plot.Axes.Left.Range.Max);
    }
}
