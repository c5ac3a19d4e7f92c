namespace Mesh.Reports.Plots;

/// <summary>A picture as data: what is drawn, before anything draws it. Tests hold it against the run record.</summary>
internal sealed record Chart
{
    /// <summary>Its name in files, without an ending: <c>latency-over-time</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its title.</summary>
    public required string Title { get; init; }

    /// <summary>One sentence that says how to read it.</summary>
    public string Caption { get; init; } = "";

    /// <summary>The horizontal axis.</summary>
    public required ChartAxis X { get; init; }

    /// <summary>The vertical axis.</summary>
    public required ChartAxis Y { get; init; }

    /// <summary>What is drawn, in the legend's order.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>Shaded spans of the horizontal axis: the warm-up, phases.</summary>
    public IReadOnlyList<ChartSpan> Spans { get; init; } = [];

    /// <summary>Names of the rows when the vertical axis counts rows (0 at the top); else empty.</summary>
    public IReadOnlyList<string> Rows { get; init; } = [];

    /// <summary>Whether there is anything to draw.</summary>
    public bool IsEmpty => Series.All(series => series.Y.All(double.IsNaN));
}

/// <summary>An axis.</summary>
/// <param name="Label">What it shows, with its unit.</param>
/// <param name="Scale">How values are laid out and written.</param>
/// <param name="Min">Where it begins; <c>null</c> follows the data.</param>
/// <param name="Max">Where it ends; <c>null</c> follows the data.</param>
internal sealed record ChartAxis(string Label, AxisScale Scale = AxisScale.Linear, double? Min = null, double? Max = null);

/// <summary>How an axis lays out its values.</summary>
internal enum AxisScale
{
    /// <summary>Evenly.</summary>
    Linear,

    /// <summary>Evenly; values are shares, written as percent.</summary>
    Percent,

    /// <summary>Evenly; values are seconds, written with a unit.</summary>
    Seconds,

    /// <summary>By their logarithm; values are seconds, written with a unit.</summary>
    LogSeconds,

    /// <summary>By their logarithm; values are shares, written as percent.</summary>
    LogPercent,
}

/// <summary>One line, or one set of dots.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="X">Horizontal values.</param>
/// <param name="Y">Vertical values; NaN leaves a gap.</param>
internal sealed record ChartSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>The colour, an index into <see cref="Palette.Series"/>.</summary>
    public int Color { get; init; }

    /// <summary>Dots instead of a line.</summary>
    public bool Dots { get; init; }

    /// <summary>Marks the values on the line: for few of them.</summary>
    public bool Marked { get; init; }

    /// <summary>A lower bound around the line, value by value; empty for none.</summary>
    public IReadOnlyList<double> Low { get; init; } = [];

    /// <summary>An upper bound around the line.</summary>
    public IReadOnlyList<double> High { get; init; } = [];
}

/// <summary>A shaded span of the horizontal axis.</summary>
/// <param name="Name">What it says.</param>
/// <param name="From">Where it begins, in the axis's unit.</param>
/// <param name="To">Where it ends.</param>
internal sealed record ChartSpan(string Name, double From, double To);
