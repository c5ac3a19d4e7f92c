using Mesh.Reports.Plots;
using Mesh.Reports.Results;

namespace Mesh.Reports.Rendering;

/// <summary>The charts and the service graph.</summary>
internal static class PictureSection
{
    public static Markup Of(IReadOnlyList<Chart> charts, string? graph, RunSummary summary) => Html.Of($"""
        {Html.When(charts.Count > 0, () => Html.Of($"<section><h2>What happened</h2>{Html.Each(charts, ChartFigure.Of)}</section>"))}
        {Html.When(graph is not null, () => Html.Of($"""
            <section><h2>Who called whom</h2>
            <figure class="graph"><div class="scroll" role="img" aria-label="Service graph, coloured by the share of failed requests">{Html.Raw(graph!)}</div>
            <figcaption class="caption">{Graphs.ServiceGraph.Of(summary)!.Caption} A box is coloured by the share of the requests to it that failed; a line is as thick as its traffic, vermillion where more than 1% failed, and labelled with the p99 that the caller saw.</figcaption></figure></section>
            """))}
        """);
}

/// <summary>A chart in the page: drawn twice, for a desk and for a phone, so that its text has the right size on both.</summary>
internal static class ChartFigure
{
    public const int Width = 950;
    private const int NarrowWidth = 390;

    public static int HeightOf(Chart chart) => chart.Rows.Count > 0 ? 80 + 24 * chart.Rows.Count : 300;

    public static Markup Of(Chart chart) => Html.Of($"""
        <figure>
        <h3>{chart.Title}</h3>
        <figcaption class="caption">{chart.Caption}</figcaption>
        <div class="wide" role="img" aria-label="{chart.Title}">{Html.Raw(ChartRenderer.Svg(chart, Width, HeightOf(chart)))}</div>
        <div class="narrow" role="img" aria-label="{chart.Title}">{Html.Raw(ChartRenderer.Svg(chart, NarrowWidth, Math.Max(260, HeightOf(chart) - 40)))}</div>
        </figure>

        """);
}
