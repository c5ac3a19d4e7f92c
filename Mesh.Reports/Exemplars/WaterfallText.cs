namespace Mesh.Reports.Exemplars;

/// <summary>Bars of a waterfall in letters, for a terminal.</summary>
public static class WaterfallText
{
    /// <summary>What the letters mean.</summary>
    public const string Legend = "█ in the callee   ─ connection and network   ░ waiting for a connection   · back-off   ▒ work for a caller that had given up";

    /// <summary>The row's bar on a time line of <paramref name="length"/> ticks, <paramref name="width"/> letters wide. What is shorter than a letter still gets one.</summary>
    public static string Bar(WaterfallRow row, long length, int width)
    {
        char[] bar = new char[width];
        Array.Fill(bar, ' ');
        // A short stretch must not hide under a long one: the work is drawn last.
        foreach (var stretch in row.Stretches.OrderBy(stretch => Layer(stretch.Kind)))
        {
            int from = Math.Clamp((int)(stretch.From * width / (double)length), 0, width - 1);
            int to = Math.Clamp((int)Math.Ceiling(stretch.To * width / (double)length), from + 1, width);
            Array.Fill(bar, Letter(stretch.Kind), from, to - from);
        }
        return new string(bar);
    }

    private static int Layer(StretchKind kind) => kind switch { StretchKind.Call => 0, StretchKind.Way => 1, StretchKind.Wait => 2, StretchKind.Backoff => 3, StretchKind.Wasted => 4, _ => 5 };

    private static char Letter(StretchKind kind) => kind switch
    {
        StretchKind.Callee => '█', StretchKind.Wait => '░', StretchKind.Backoff => '·', StretchKind.Wasted => '▒', _ => '─',
    };
}
