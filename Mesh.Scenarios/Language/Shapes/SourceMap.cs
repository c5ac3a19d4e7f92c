using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Shapes;

/// <summary>Where each record of a configuration was written. Records are found by reference, so that checks can walk the configuration itself.</summary>
/// <param name="file">The place of what was not written anywhere.</param>
internal sealed class SourceMap(Place file)
{
    private readonly Dictionary<object, YamlValue> _values = new(ReferenceEqualityComparer.Instance);

    public void Remember(object record, YamlValue value) => _values[record] = value;

    public void Derive(object from, object to)
    {
        if (_values.TryGetValue(from, out var value)) _values[to] = value;
    }

    /// <summary>What a record was read from; <c>null</c> where it was not written.</summary>
    public YamlValue? ValueOf(object record) => _values.GetValueOrDefault(record);

    /// <summary>Where <paramref name="key"/> of a record stands, or the record itself when it does not name that key.</summary>
    public (Place Place, string Path) At(object record, string? key = null)
    {
        if (!_values.TryGetValue(record, out var value)) return (file, "");
        if (key is not null && (value as YamlMap)?.Find(key) is { } entry) return (entry.Value.Place, entry.Value.Path);
        return (value.Place, value.Path);
    }
}
