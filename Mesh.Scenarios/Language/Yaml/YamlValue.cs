namespace Mesh.Scenarios.Language.Yaml;

/// <summary>A value of a YAML document that remembers where it stands.</summary>
internal abstract class YamlValue(Place place)
{
    public Place Place { get; } = place;

    /// <summary>The path of keys from the root, <c>services.cart.endpoints[0].path</c>.</summary>
    public string Path { get; private set; } = "";

    /// <summary>What it is, for messages: a list, a mapping, the value 'x'.</summary>
    public abstract string Kind { get; }

    /// <summary>Names this value and all below it by their paths; a value with several aliases keeps the path of the last.</summary>
    public void Locate(string path)
    {
        Path = path;
        LocateChildren();
    }

    protected abstract void LocateChildren();
}

/// <summary>A single value.</summary>
/// <param name="place">Where it stands.</param>
/// <param name="text">Its text, quotes removed.</param>
/// <param name="isQuoted">Whether it stood in quotes; the null of YAML does not.</param>
internal sealed class YamlScalar(Place place, string text, bool isQuoted) : YamlValue(place)
{
    public string Text { get; } = text;

    public bool IsQuoted { get; } = isQuoted;

    public bool IsNull => !IsQuoted && Text is "" or "~" or "null";

    public override string Kind => IsNull ? "nothing" : $"'{Text}'";

    protected override void LocateChildren() { }
}

/// <summary>A list.</summary>
internal sealed class YamlList(Place place, IReadOnlyList<YamlValue> items) : YamlValue(place)
{
    public IReadOnlyList<YamlValue> Items { get; } = items;

    public override string Kind => "a list";

    protected override void LocateChildren()
    {
        for (int i = 0; i < Items.Count; i++) Items[i].Locate($"{Path}[{i}]");
    }
}

/// <summary>A mapping of keys to values, in the order of the file.</summary>
internal sealed class YamlMap(Place place, IReadOnlyList<YamlEntry> entries) : YamlValue(place)
{
    public IReadOnlyList<YamlEntry> Entries { get; } = entries;

    public override string Kind => "a mapping of keys to values";

    public YamlEntry? Find(string key)
    {
        foreach (var entry in Entries)
        {
            if (entry.Key == key) return entry;
        }
        return null;
    }

    protected override void LocateChildren()
    {
        foreach (var entry in Entries) entry.Value.Locate(Path.Length == 0 ? entry.Key : $"{Path}.{entry.Key}");
    }
}

/// <summary>A key and its value.</summary>
internal sealed record YamlEntry(string Key, Place KeyPlace, YamlValue Value);
