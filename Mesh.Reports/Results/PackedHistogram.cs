using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Reports.Results;

/// <summary>
/// The compact form of a <see cref="LogHistogram"/>: variable-length integers (7 bits a byte, least first): precision, count, sum, min, max,
/// then for each bucket the step from the bucket before and its count. About two bytes a bucket.
/// </summary>
internal static class PackedHistogram
{
    private const int MostBytesPerBucket = 8, MostHeaderBytes = 50;

    public static byte[] Pack(LogHistogram histogram)
    {
        // Runs once for every edge and window, so it goes over the pages itself.
        var pages = histogram.Pages;
        byte[] bytes = ArrayPool<byte>.Shared.Rent(MostHeaderBytes + pages.Length * LogHistogram.PageSize * MostBytesPerBucket);
        int used = 0;
        Put(bytes, ref used, histogram.Precision);
        Put(bytes, ref used, histogram.Count);
        Put(bytes, ref used, histogram.Sum);
        Put(bytes, ref used, histogram.Min);
        Put(bytes, ref used, histogram.Max);
        int last = 0;
        for (int page = 0; page < pages.Length; page++)
        {
            if (pages[page] is not { } counts) continue;
            for (int i = 0; i < counts.Length; i++)
            {
                if (counts[i] == 0) continue;
                int index = page * LogHistogram.PageSize + i;
                Put(bytes, ref used, index - last);
                Put(bytes, ref used, counts[i]);
                last = index;
            }
        }
        byte[] packed = bytes[..used];
        ArrayPool<byte>.Shared.Return(bytes);
        return packed;
    }

    /// <exception cref="InvalidDataException">The bytes are not a packed histogram.</exception>
    public static LogHistogram Unpack(ReadOnlySpan<byte> bytes)
    {
        int precision = (int)Math.Min(Take(ref bytes), 64);
        if (precision is < LogHistogram.Coarse or > 16) throw new InvalidDataException($"a histogram has precision {precision}; known are 6 to 16");
        var histogram = new LogHistogram(precision);
        long count = Take(ref bytes), sum = Take(ref bytes), min = Take(ref bytes), max = Take(ref bytes);
        long index = 0, seen = 0;
        while (!bytes.IsEmpty)
        {
            index += Take(ref bytes);
            long here = Take(ref bytes);
            if (index > 1 << 22 || here is 0 or > uint.MaxValue) throw new InvalidDataException("a histogram has a bucket out of range");
            histogram.AddAt((int)index, (uint)here);
            seen += here;
        }
        if (seen != count) throw new InvalidDataException($"a histogram says {count} values and holds {seen}");
        if (count > 0) histogram.Extend(min, max, count, sum);
        return histogram;
    }

    private static void Put(byte[] bytes, ref int used, long value)
    {
        var rest = (ulong)value;
        while (rest >= 0x80)
        {
            bytes[used++] = (byte)(rest | 0x80);
            rest >>= 7;
        }
        bytes[used++] = (byte)rest;
    }

    private static long Take(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int i = 0; i < bytes.Length && i < 9; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if ((bytes[i] & 0x80) != 0) continue;
            bytes = bytes[(i + 1)..];
            return (long)value;
        }
        throw new InvalidDataException("a histogram ends in the middle of a number");
    }
}

/// <summary>Histograms as base64 text of their packed form.</summary>
internal sealed class LogHistogramConverter : JsonConverter<LogHistogram>
{
    public override LogHistogram Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return PackedHistogram.Unpack(reader.GetBytesFromBase64());
        }
        catch (InvalidDataException damage)
        {
            throw new JsonException(damage.Message, damage);
        }
    }

    public override void Write(Utf8JsonWriter writer, LogHistogram value, JsonSerializerOptions options) =>
        writer.WriteBase64StringValue(PackedHistogram.Pack(value));
}
