using System.Globalization;
using System.Net;
using System.Text;
using GraphShape;
using Mesh.Reports.Plots;
using Mesh.Reports.Rendering;

namespace Mesh.Reports.Graphs;

/// <summary>Draws a service graph as SVG: boxes coloured by the share of failures, lines as thick as their traffic, p99 on the lines where there is room.</summary>
internal static class GraphSvg
{
    private const int MostLabels = 30;
    private const double LegendHeight = 34;

    public static string Draw(ServiceGraph graph)
    {
        var layout = GraphLayout.Of(graph);
        var svg = new StringBuilder();
        double width = Math.Max(layout.Width, 520), height = layout.Height + LegendHeight;
        Write(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:0} {height:0}" style="min-width:{width * 0.75:0}px" font-family="{PlotFonts.Family}, Helvetica, Arial, sans-serif">""");
        Write(svg, $"""<rect width="{width:0}" height="{height:0}" fill="white"/>""");
        long most = graph.Edges.Select(edge => edge.Requests).DefaultIfEmpty(1).Max();
        foreach (var edge in graph.Edges.OrderBy(edge => edge.Failed)) DrawEdge(svg, edge, layout, most);
        for (int i = 0; i < graph.Nodes.Count; i++) DrawNode(svg, graph.Nodes[i], layout.Centers[i], isIngress: i == 0);
        if (graph.Edges.Count <= MostLabels)
            foreach (var edge in graph.Edges) DrawLabel(svg, edge, layout);
        DrawLegend(svg, layout.Height + 12);
        return svg.Append("</svg>").ToString();
    }

    private static void DrawNode(StringBuilder svg, GraphNode node, Point center, bool isIngress)
    {
        double x = center.X - GraphLayout.NodeWidth / 2, y = center.Y - GraphLayout.NodeHeight / 2;
        string dash = node.IsGroup ? " stroke-dasharray=\"5 3\"" : "";
        string fill = isIngress ? "#EEF1F4" : Palette.Failure(node.Failures);
        string detail = isIngress ? "load enters here"
            : node.Requests == 0 ? "never called"
            : $"p99 {Units.Duration(node.P99)}" + (node.Failed > 0 ? $" · {Units.Percent(node.Failures)} failed" : "");
        string members = node.IsGroup ? string.Join(", ", node.Members.Take(12)) + (node.Members.Count > 12 ? ", …" : "") : node.Name;
        Write(svg, $"""<g><title>{Text(members)}: {Units.Count(node.Requests)} requests, {Units.Count(node.Failed)} failed</title>""");
        Write(svg, $"""<rect x="{x:0.#}" y="{y:0.#}" width="{GraphLayout.NodeWidth}" height="{GraphLayout.NodeHeight}" rx="6" fill="{fill}" stroke="#8A949E"{dash}/>""");
        Write(svg, $"""<text x="{center.X:0.#}" y="{center.Y - 3:0.#}" text-anchor="middle" font-size="13" font-weight="600" fill="{Palette.Ink}">{Text(Short(node.Name))}</text>""");
        Write(svg, $"""<text x="{center.X:0.#}" y="{center.Y + 13:0.#}" text-anchor="middle" font-size="11" fill="#3F4851">{Text(detail)}</text></g>""");
    }

    private static void DrawEdge(StringBuilder svg, GraphEdge edge, GraphLayout layout, long most)
    {
        var points = Route(edge, layout);
        double thickness = 1 + 3 * Math.Sqrt(edge.Requests / (double)Math.Max(1, most));
        string color = edge.Failures > 0.01 ? Palette.Bad : edge.Failures > 0 ? "#E9A27C" : "#A9B2BB";
        Write(svg, $"""<path d="{Curve(points)}" fill="none" stroke="{color}" stroke-width="{thickness:0.#}"/>""");
        // The head shows the direction where the line arrives.
        var end = points[^1];
        double side = end.X >= points[^2].X ? 1 : -1;
        Write(svg, $"""<path d="M{end.X:0.#} {end.Y:0.#}l{-7 * side:0.#} -4v8z" fill="{color}"/>""");
    }

    private static void DrawLabel(StringBuilder svg, GraphEdge edge, GraphLayout layout)
    {
        if (!double.IsFinite(edge.P99)) return;
        var points = Route(edge, layout);
        // Four fifths of the way, where lines that leave one box have come apart.
        var (a, b) = (points[^2], points[^1]);
        double x = a.X + (b.X - a.X) * 0.68, y = a.Y + (b.Y - a.Y) * 0.83;
        if (Math.Abs(b.Y - a.Y) < 4) (x, y) = ((a.X + b.X) / 2, a.Y - 11);   // a level line would vanish behind it
        string text = Units.Duration(edge.P99);
        Write(svg, $"""<rect x="{x - text.Length * 3 - 2:0.#}" y="{y - 7:0.#}" width="{text.Length * 6 + 4}" height="14" rx="3" fill="white" fill-opacity="0.85"/>""");
        Write(svg, $"""<text x="{x:0.#}" y="{y + 3.5:0.#}" text-anchor="middle" font-size="10" fill="{Palette.Muted}">{Text(text)}</text>""");
    }

    private static void DrawLegend(StringBuilder svg, double y)
    {
        Write(svg, $"""<text x="8" y="{y + 11:0.#}" font-size="11" fill="{Palette.Muted}">Failed requests</text>""");
        double x = 100;
        foreach (var (label, share) in Palette.FailureSteps)
        {
            Write(svg, $"""<rect x="{x}" y="{y:0.#}" width="16" height="14" rx="3" fill="{Palette.Failure(share)}" stroke="#8A949E"/>""");
            Write(svg, $"""<text x="{x + 21}" y="{y + 11:0.#}" font-size="11" fill="{Palette.Muted}">{label}</text>""");
            x += 34 + label.Length * 6.2;
        }
    }

    private static List<Point> Route(GraphEdge edge, GraphLayout layout)
    {
        var (from, to) = (layout.Centers[edge.From], layout.Centers[edge.To]);
        double half = GraphLayout.NodeWidth / 2;
        // Forward from the right side to the left; calls that go back leave and arrive on the sides that face each other.
        double side = to.X > from.X + 1 ? 1 : to.X < from.X - 1 ? -1 : 1;
        var bends = layout.Bends.GetValueOrDefault((edge.From, edge.To), []);
        return [new Point(from.X + half * side, from.Y), .. bends, new Point(to.X - half * side * (Math.Abs(to.X - from.X) < 1 ? -1 : 1), to.Y)];
    }

    /// <summary>A smooth line through all points, level at each.</summary>
    private static string Curve(List<Point> points)
    {
        var path = new StringBuilder();
        path.Append(CultureInfo.InvariantCulture, $"M{points[0].X:0.#} {points[0].Y:0.#}");
        for (int i = 1; i < points.Count; i++)
        {
            var (a, b) = (points[i - 1], points[i]);
            double reach = Math.Abs(b.X - a.X) < 1 ? 40 : (b.X - a.X) / 2;
            double back = Math.Abs(b.X - a.X) < 1 ? 40 : -(b.X - a.X) / 2;
            path.Append(CultureInfo.InvariantCulture, $"C{a.X + reach:0.#} {a.Y:0.#} {b.X + back:0.#} {b.Y:0.#} {b.X:0.#} {b.Y:0.#}");
        }
        return path.ToString();
    }

    private static void Write(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Short(string name) => name.Length <= 22 ? name : string.Concat(name.AsSpan(0, 13), "…", name.AsSpan(name.Length - 8));

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
