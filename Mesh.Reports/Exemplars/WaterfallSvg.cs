using System.Globalization;
using System.Net;
using System.Text;
using Mesh.Reports.Plots;
using Mesh.Reports.Rendering;

namespace Mesh.Reports.Exemplars;

/// <summary>Draws a waterfall: names on the left, bars on a common time line, and how each ended under its bar's row.</summary>
internal static class WaterfallSvg
{
    /// <summary>Most rows that are drawn.</summary>
    public const int MostRows = 60;

    private const int Width = 950, Names = 270, Right = 10, RowHeight = 34, Top = 24, Bar = 11;

    /// <summary>The drawing.</summary>
    public static string Draw(Waterfall waterfall)
    {
        var rows = waterfall.Rows.Take(MostRows).ToList();
        int height = Top + rows.Count * RowHeight + 4;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" font-family=\"Inter, sans-serif\" font-size=\"12\">");
        Scale(svg, waterfall.Length, height);
        for (int i = 0; i < rows.Count; i++) Row(svg, rows[i], waterfall.Length, Top + i * RowHeight);
        return svg.Append("</svg>").ToString();
    }

    /// <summary>The colour of a stretch.</summary>
    public static string Color(StretchKind kind) => kind switch
    {
        StretchKind.Wait => Palette.Series[1],
        StretchKind.Way => Palette.Series[4],
        StretchKind.Callee => Palette.Series[0],
        StretchKind.Wasted => "#C9CED4",
        StretchKind.Backoff => Palette.Series[3],
        _ => Palette.Line,
    };

    /// <summary>What the colours mean.</summary>
    public static IReadOnlyList<(StretchKind Kind, string Meaning)> Legend { get; } =
    [
        (StretchKind.Callee, "in the callee: queue, work and its calls"), (StretchKind.Way, "connection set-up and network"), (StretchKind.Wait, "waiting for a connection"),
        (StretchKind.Backoff, "back-off"), (StretchKind.Wasted, "work for a caller that had given up"),
    ];

    private static void Scale(StringBuilder svg, long length, int height)
    {
        foreach (long at in Ticks(length))
        {
            double x = X(at, length);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x:0.#}\" y1=\"18\" x2=\"{x:0.#}\" y2=\"{height}\" stroke=\"{Palette.Line}\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"12\" fill=\"{Palette.Muted}\" font-size=\"11\"{(at == 0 ? "" : " text-anchor=\"middle\"")}>{(at == 0 ? "0" : Units.Duration(at / 1e7))}</text>");
        }
    }

    private static void Row(StringBuilder svg, WaterfallRow row, long length, int top)
    {
        int indent = Math.Min(row.Depth, 12) * 10;
        string ink = row.Failed ? Palette.Bad : Palette.Ink;
        int letters = (Names - indent) / 7;
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{indent}\" y=\"{top + 12}\" fill=\"{ink}\">{Escape(Cut(row.Label, letters))}<title>{Escape(row.Label)}</title></text>");
        foreach (var stretch in row.Stretches)
        {
            double x = X(stretch.From, length), width = Math.Max(1, X(stretch.To, length) - x);
            // The call as a whole is a line behind its parts.
            (int y, int high) = stretch.Kind == StretchKind.Call ? (top + 7, 3) : (top + 3, Bar);
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.#}\" y=\"{y}\" width=\"{width:0.#}\" height=\"{high}\" fill=\"{(stretch.Kind == StretchKind.Call ? "#A5ADB5" : Color(stretch.Kind))}\"/>");
        }
        string words = $"{Units.Duration((row.To - row.From) / 1e7)}: {row.Words}";
        // Beside the beginning of its bar, or, where there is no room, ending at the right edge.
        double start = X(row.From, length);
        bool fits = start + words.Length * 5.6 < Width - Right;
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(fits ? start : Width - Right):0.#}\" y=\"{top + 26}\" fill=\"{(row.Failed ? Palette.Bad : Palette.Muted)}\" font-size=\"11\"{(fits ? "" : " text-anchor=\"end\"")}>{Escape(words)}</text>");
    }

    private static double X(long ticks, long length) => Names + (double)ticks / length * (Width - Names - Right);

    /// <summary>Round times, five to ten of them.</summary>
    private static IEnumerable<long> Ticks(long length)
    {
        double step = Math.Pow(10, Math.Floor(Math.Log10(length)));
        foreach (double part in (double[])[1, 0.5, 0.2])
        {
            if (length / (step * part) < 4) continue;
            step *= part;
            break;
        }
        for (double at = 0; at <= length * 0.97; at += step) yield return (long)at;
    }

    private static string Cut(string text, int most) => text.Length <= most ? text : string.Concat(text.AsSpan(0, most - 1), "…");

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
