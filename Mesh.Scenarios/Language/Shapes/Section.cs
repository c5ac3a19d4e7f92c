using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Language.Shapes;

/// <summary>
/// A mapping with known keys. Reading starts from a record with the defaults and applies each key that is given, in the order in
/// which the keys are declared here.
/// </summary>
/// <param name="name">Its name in the JSON Schema and in the documentation.</param>
/// <param name="summary">What it describes: "a link, with latency, bandwidth and loss".</param>
/// <param name="start">The record that an empty mapping means.</param>
internal sealed class Section<T>(string name, string summary, Func<T> start) : Shape<T>, ISection, IEnumerable<IKey>
    where T : class
{
    private readonly List<Key> _keys = [];
    private readonly List<Action<T, YamlMap, Reading>> _checks = [];

    public string Name => name;

    public override string Label => summary;

    public IReadOnlyList<IKey> Keys => _keys;

    public override IEnumerable<IShape> Parts => _keys.Select(key => key.Shape);

    /// <summary>Declares a key.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="shape">What may stand there.</param>
    /// <param name="apply">Puts it into the record.</param>
    /// <param name="documentation">What it means, with its default.</param>
    /// <param name="presence">Whether it must be there.</param>
    public void Add<TValue>(string key, Shape<TValue> shape, Func<T, TValue, T> apply, string documentation, Presence presence = Presence.Optional) =>
        _keys.Add(new Key(key, shape, documentation, presence == Presence.Required, (value, reading) =>
            shape.TryRead(value, reading, out var read) ? record => apply(record, read) : null));

    /// <summary>Takes over all keys and rules of <paramref name="inner"/>, for a part of this record.</summary>
    public Section<T> Embed<TInner>(Section<TInner> inner, Func<T, TInner> get, Func<T, TInner, T> set) where TInner : class
    {
        foreach (var key in inner._keys)
        {
            _keys.Add(new Key(key.Name, key.Shape, key.Documentation, key.Required, (value, reading) =>
                key.Read(value, reading) is { } change ? record => set(record, change(get(record))) : null));
        }
        _checks.Add((record, map, reading) => inner._checks.ForEach(check => check(get(record), map, reading)));
        return this;
    }

    /// <summary>Adds a rule over the whole record, called once it is read.</summary>
    public Section<T> Check(Action<T, YamlMap, Reading> check)
    {
        _checks.Add(check);
        return this;
    }

    /// <summary>This section as a change to a record that is known only later.</summary>
    public Shape<Func<T, T>> AsChange() => new ChangeShape(this);

    public override bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out T result)
    {
        bool read = TryReadChange(value, reading, out var change);
        result = read ? change!(start()) : null;
        return read;
    }

    public override JsonObject Schema(SchemaDefinitions definitions) => definitions.Reference(this);

    IEnumerator<IKey> IEnumerable<IKey>.GetEnumerator() => _keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _keys.GetEnumerator();

    private bool TryReadChange(YamlValue value, Reading reading, [MaybeNullWhen(false)] out Func<T, T> change)
    {
        change = null;
        if (value is not YamlMap map)
        {
            reading.Error(value, $"needs {summary}, but there is {value.Kind}.");
            return false;
        }
        RefuseUnknownKeys(map, reading);
        var (changes, complete) = ReadKeys(map, reading);
        change = record =>
        {
            foreach (var apply in changes) record = apply(record);
            reading.Sources.Remember(record, value);
            // A rule over a record with holes would only echo the problem that made the hole.
            if (complete) _checks.ForEach(check => check(record, map, reading));
            return record;
        };
        return true;
    }

    private (List<Func<T, T>> Changes, bool Complete) ReadKeys(YamlMap map, Reading reading)
    {
        var changes = new List<Func<T, T>>();
        bool complete = true;
        foreach (var key in _keys)
        {
            if (map.Find(key.Name) is { } entry)
            {
                if (key.Read(entry.Value, reading) is { } change) changes.Add(change);
                else complete = false;
            }
            else if (key.Required)
            {
                reading.Error(map, $"the key '{key.Name}' is missing: {key.Documentation}");
            }
        }
        return (changes, complete);
    }

    private void RefuseUnknownKeys(YamlMap map, Reading reading)
    {
        foreach (var entry in map.Entries)
        {
            if (_keys.Exists(key => key.Name == entry.Key)) continue;
            reading.Error(entry, map, $"unknown key '{entry.Key}'.{Suggest.From(entry.Key, [.. _keys.Select(key => key.Name)])}");
        }
    }

    private sealed record Key(string Name, IShape Shape, string Documentation, bool Required, Func<YamlValue, Reading, Func<T, T>?> Read) : IKey;

    private sealed class ChangeShape(Section<T> section) : Shape<Func<T, T>>
    {
        public override string Label => section.Label;

        public override IEnumerable<IShape> Parts => [section];

        public override bool TryRead(YamlValue value, Reading reading, [MaybeNullWhen(false)] out Func<T, T> result) =>
            section.TryReadChange(value, reading, out result);

        public override JsonObject Schema(SchemaDefinitions definitions) => section.Schema(definitions);
    }
}

/// <summary>Whether a key must be there.</summary>
internal enum Presence
{
    /// <summary>It has a default.</summary>
    Optional,
    /// <summary>It has none.</summary>
    Required,
}

/// <summary>A section, whatever it reads.</summary>
internal interface ISection : IShape
{
    string Name { get; }

    IReadOnlyList<IKey> Keys { get; }
}

/// <summary>A key of a section.</summary>
internal interface IKey
{
    string Name { get; }

    IShape Shape { get; }

    string Documentation { get; }

    bool Required { get; }
}
