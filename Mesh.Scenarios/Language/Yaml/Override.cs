namespace Mesh.Scenarios.Language.Yaml;

/// <summary>
/// A value given on the command line, put into the tree before it is read: <c>--set mesh.services.payments.timeout=300ms</c>.
/// A list's item is named by its index or by its <c>name</c> (or <c>path</c>): <c>workload[0].rate</c>, <c>workload[shoppers].rate</c>.
/// <c>null</c> takes a key away: <c>--set mesh.services.payments.retries=null</c>.
/// </summary>
/// <param name="Path">The key's path.</param>
/// <param name="Value">The value, itself YAML.</param>
/// <param name="Argument">The argument as the user wrote it, for messages.</param>
internal sealed record Override(string Path, string Value, string Argument)
{
    /// <summary>From <c>key=value</c>, or <c>null</c> after telling what is wrong with it.</summary>
    public static Override? Parse(string text, Problems problems)
    {
        string argument = $"--set {text}";
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0 && equals < text.Length - 1) return new Override(text[..equals].Trim(), text[(equals + 1)..].Trim(), argument);
        problems.Error(new Place(argument), "", "--set needs a key's path and a value, such as --set mesh.defaults.timeout=300ms.");
        return null;
    }

    /// <summary>The tree with this value in it. Values that aliases share are copied on the way, so that only this one changes.</summary>
    public YamlValue ApplyTo(YamlValue root, Problems problems)
    {
        if (YamlTree.ParseArgument(Value, Argument, problems) is not { } value) return root;
        var keys = Path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.');
        return Put(root, keys, value, "", problems);
    }

    private YamlValue Put(YamlValue? at, ReadOnlySpan<string> keys, YamlValue value, string path, Problems problems)
    {
        if (keys.IsEmpty) return value;
        switch (at)
        {
            case YamlList list:
                return PutItem(list, keys, value, path, problems);
            case YamlMap map:
                return PutEntry(map, keys, value, path, problems);
            case null or YamlScalar { IsNull: true }:
                return PutEntry(new YamlMap(new Place(Argument), []), keys, value, path, problems);
            default:
                problems.Error(new Place(Argument), path, $"{at.Kind} has no key '{keys[0]}' inside it.");
                return at;
        }
    }

    private YamlMap PutEntry(YamlMap map, ReadOnlySpan<string> keys, YamlValue value, string path, Problems problems)
    {
        string key = keys[0];
        var found = map.Find(key);
        if (keys.Length == 1 && value is YamlScalar { IsNull: true }) return new YamlMap(map.Place, [.. map.Entries.Where(entry => entry != found)]);
        var changed = Put(found?.Value, keys[1..], value, $"{path}.{key}".TrimStart('.'), problems);
        var replaced = new YamlEntry(key, found is null || keys.Length == 1 ? new Place(Argument) : found.KeyPlace, changed);
        return new YamlMap(map.Place, found is null ? [.. map.Entries, replaced] : [.. map.Entries.Select(entry => entry == found ? replaced : entry)]);
    }

    private YamlValue PutItem(YamlList list, ReadOnlySpan<string> keys, YamlValue value, string path, Problems problems)
    {
        int index = IndexOf(list, keys[0]);
        if (index < 0)
        {
            string named = string.Join(", ", list.Items.Select(NameOf).OfType<string>());
            string names = named.Length == 0 ? "" : $" or a name: {named}";
            problems.Error(new Place(Argument), path, $"the list has no item '{keys[0]}'. Write an index from 0 to {list.Items.Count - 1}{names}.");
            return list;
        }
        var items = list.Items.ToArray();
        items[index] = Put(items[index], keys[1..], value, $"{path}[{index}]", problems);
        return new YamlList(list.Place, items);
    }

    private static int IndexOf(YamlList list, string key)
    {
        if (int.TryParse(key, out int index)) return index >= 0 && index < list.Items.Count ? index : -1;
        for (int i = 0; i < list.Items.Count; i++)
        {
            if (NameOf(list.Items[i]) == key) return i;
        }
        return -1;
    }

    private static string? NameOf(YamlValue item) =>
        item is YamlMap map && (map.Find("name") ?? map.Find("path"))?.Value is YamlScalar { Text: var name } ? name : null;
}
