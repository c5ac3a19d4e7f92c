namespace Mesh.Scenarios.Language.Yaml;

/// <summary>Builds trees in code, with the place that each value came from.</summary>
internal static class YamlBuilder
{
    public static YamlScalar Scalar(Place place, string text) => new(place, text, isQuoted: true);

    public static YamlScalar Scalar(Place place, int number) => new(place, number.ToString(System.Globalization.CultureInfo.InvariantCulture), isQuoted: false);

    public static YamlList List(Place place, IEnumerable<YamlValue> items) => new(place, [.. items]);

    /// <summary>A mapping without the entries whose value is <c>null</c>.</summary>
    public static YamlMap Map(Place place, params IEnumerable<(string Key, YamlValue? Value)> entries) =>
        new(place, [.. entries.Where(entry => entry.Value is not null).Select(entry => new YamlEntry(entry.Key, entry.Value!.Place, entry.Value))]);
}
