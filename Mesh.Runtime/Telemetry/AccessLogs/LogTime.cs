using System.Buffers;
using System.Globalization;
using System.Text;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>
/// A time in UTC by <c>strftime</c>'s specifiers and Envoy's additions: <c>%f</c> and <c>%1f</c> to <c>%9f</c> (fractions), <c>%s</c> (seconds since 1970),
/// <c>%E3S</c> (seconds with fractions). Translated once into formats of .NET.
/// </summary>
internal sealed class LogTime
{
    /// <summary>Envoy's default: <c>2026-11-26T10:15:41.310Z</c>.</summary>
    public const string Default = "%Y-%m-%dT%H:%M:%E3SZ";

    private const string Known = "%Y %y %m %d %e %j %H %I %M %S %p %a %A %b %B %F %T %D %R %s %z %Z %f, %1f to %9f, %E1S to %E9S, %%";
    private const int LongestSpecifier = 32;
    private readonly List<Part> _parts = [];
    private readonly int _longest;

    /// <summary>Reads a format.</summary>
    /// <param name="format">The format.</param>
    /// <param name="problem">What is wrong with it, or <c>null</c>.</param>
    public LogTime(string format, out string? problem)
    {
        problem = null;
        _longest = format.Length * LongestSpecifier;
        var pending = new StringBuilder();
        for (int at = 0; at < format.Length;)
        {
            if (format[at] != '%')
            {
                pending.Append('\\').Append(format[at++]);
                continue;
            }
            var rest = format.AsSpan(at + 1);
            int length = 1;
            if (rest is ['e' or 'j' or 's', ..])
            {
                Close(pending);
                _parts.Add(new Part(null, rest[0]));
            }
            else if (Specifier(rest, out length) is { } known) pending.Append(known);
            else problem ??= $"'%{rest[..Math.Min(1, rest.Length)]}' is not a specifier of time. Known: {Known}.";
            at += 1 + length;
        }
        Close(pending);
    }

    public void Write(DateTimeOffset time, IBufferWriter<byte> output)
    {
        var utc = time.ToUniversalTime();
        foreach (var part in _parts) output.Advance(part.Write(utc, output.GetSpan(_longest)));
    }

    private void Close(StringBuilder pending)
    {
        if (pending.Length == 0) return;
        // A specifier alone would be one of .NET's standard formats.
        _parts.Add(new Part(pending.Length == 1 ? $"%{pending}" : pending.ToString(), default));
        pending.Clear();
    }

    /// <summary>The format of .NET for what follows a percent sign, or <c>null</c>.</summary>
    private static string? Specifier(ReadOnlySpan<char> text, out int length)
    {
        length = text is [>= '1' and <= '9', 'f', ..] ? 2 : text is ['E', >= '1' and <= '9', 'S', ..] ? 3 : 1;
        if (length == 2) return Fraction(text[0] - '0');
        if (length == 3) return $"ss\\.{Fraction(text[1] - '0')}";
        return text is [] ? null : text[0] switch
        {
            'Y' => "yyyy", 'y' => "yy", 'm' => "MM", 'd' => "dd", 'H' => "HH", 'I' => "hh", 'M' => "mm", 'S' => "ss", 'p' => "tt",
            'a' => "ddd", 'A' => "dddd", 'b' or 'h' => "MMM", 'B' => "MMMM",
            'F' => "yyyy-MM-dd", 'T' => "HH\\:mm\\:ss", 'D' => "MM\\/dd\\/yy", 'R' => "HH\\:mm",
            'f' => Fraction(9), 'z' => "\\+\\0\\0\\0\\0", 'Z' => "\\U\\T\\C", '%' => "\\%",
            _ => null,
        };
    }

    /// <summary>So many digits of the second's fraction, cut off. A tick is 100 ns: further digits are zeros.</summary>
    private static string Fraction(int digits) => digits <= 7 ? new string('f', digits) : $"fffffff{string.Concat(Enumerable.Repeat("\\0", digits - 7))}";

    /// <param name="Format">A format of .NET; <c>null</c> for what it has none for.</param>
    /// <param name="Special">Day of the month without a zero (<c>e</c>), day of the year (<c>j</c>), seconds since 1970 (<c>s</c>).</param>
    private readonly record struct Part(string? Format, char Special)
    {
        public int Write(DateTimeOffset time, Span<byte> output)
        {
            var culture = CultureInfo.InvariantCulture;
            int written;
            _ = Special switch
            {
                's' => time.ToUnixTimeSeconds().TryFormat(output, out written, provider: culture),
                'j' => time.DayOfYear.TryFormat(output, out written, "000", culture),
                'e' => Encoding.UTF8.TryGetBytes($"{time.Day,2}", output, out written),
                _ => time.TryFormat(output, out written, Format, culture),
            };
            return written;
        }
    }
}
