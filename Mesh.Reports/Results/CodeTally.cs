using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.Reports.Results;

/// <summary>Counts by a small set of codes (statuses, flags): a list searched from the code seen last, as runs of one code are the rule.</summary>
[JsonConverter(typeof(CodeTallyConverter))]
public sealed class CodeTally
{
    private int[] _codes = new int[2];
    private long[] _counts = new long[2];
    private int _used;
    private int _last;

    /// <summary>The codes that were counted, ascending.</summary>
    public IEnumerable<int> Codes => _codes.Take(_used).Order();

    /// <summary>How often <paramref name="code"/> was counted.</summary>
    public long this[int code]
    {
        get
        {
            int at = Array.IndexOf(_codes, code, 0, _used);
            return at < 0 ? 0 : _counts[at];
        }
    }

    /// <summary>Counts <paramref name="code"/>.</summary>
    public void Add(int code, long count = 1)
    {
        if (_last >= _used || _codes[_last] != code) _last = Find(code);
        _counts[_last] += count;
    }

    /// <summary>Counts every single flag of a set of flags.</summary>
    internal void AddBits(int flags)
    {
        for (; flags != 0; flags &= flags - 1) Add(flags & -flags);
    }

    /// <summary>Adds all counts of <paramref name="other"/>.</summary>
    public void Add(CodeTally other)
    {
        for (int i = 0; i < other._used; i++) Add(other._codes[i], other._counts[i]);
    }

    private int Find(int code)
    {
        int at = Array.IndexOf(_codes, code, 0, _used);
        if (at >= 0) return at;
        if (_used == _codes.Length)
        {
            Array.Resize(ref _codes, _used * 2);
            Array.Resize(ref _counts, _used * 2);
        }
        _codes[_used] = code;
        _counts[_used] = 0;
        return _used++;
    }
}

/// <summary>Tallies as an object from code to count.</summary>
internal sealed class CodeTallyConverter : JsonConverter<CodeTally>
{
    public override CodeTally Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var tally = new CodeTally();
        foreach (var (code, count) in JsonSerializer.Deserialize<Dictionary<int, long>>(ref reader, options) ?? []) tally.Add(code, count);
        return tally;
    }

    public override void Write(Utf8JsonWriter writer, CodeTally value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (int code in value.Codes) writer.WriteNumber(code.ToString(CultureInfo.InvariantCulture), value[code]);
        writer.WriteEndObject();
    }
}
