using System.Buffers;
using System.Globalization;
using System.Text;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>
/// Values within a line of text. What could end the line or a quoted field (control characters, <c>"</c>, <c>\</c>) is written as <c>\xHH</c>, as nginx does;
/// Envoy itself writes quotes as they are.
/// </summary>
internal static class LogText
{
    private static readonly SearchValues<char> Dangerous = SearchValues.Create([.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(c => (char)c), '"', '\\', '\u2028', '\u2029']);

    /// <summary>Writes a value, <c>-</c> where there is none.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="value">The value.</param>
    /// <param name="most">Characters of the value at most.</param>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<char> value, int most = int.MaxValue)
    {
        if (value.IsEmpty) value = "-";
        if (value.Length > most) value = value[..(most > 0 && char.IsHighSurrogate(value[most - 1]) ? most - 1 : most)];
        while (value.IndexOfAny(Dangerous) is >= 0 and var at)
        {
            Encoding.UTF8.GetBytes(value[..at], output);
            Escape(output, value[at]);
            value = value[(at + 1)..];
        }
        Encoding.UTF8.GetBytes(value, output);
    }

    public static void Write(IBufferWriter<byte> output, long value)
    {
        value.TryFormat(output.GetSpan(20), out int written, provider: CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    private static void Escape(IBufferWriter<byte> output, char c)
    {
        Span<byte> utf8 = stackalloc byte[3];
        int length = Encoding.UTF8.GetBytes([c], utf8);
        foreach (byte b in utf8[..length])
        {
            output.Write("\\x"u8);
            b.TryFormat(output.GetSpan(2), out int written, "X2");
            output.Advance(written);
        }
    }
}
