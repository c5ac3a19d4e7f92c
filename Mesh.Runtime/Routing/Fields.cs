namespace Mesh.Runtime.Routing;

/// <summary>Names and values, as headers, query parameters and labels are.</summary>
internal static class Fields
{
    /// <summary>The first value under a name, or <c>null</c>. Allocates nothing.</summary>
    public static string? Find(IReadOnlyList<KeyValuePair<string, string>> fields, string name, StringComparison comparison)
    {
        for (int i = 0; i < fields.Count; i++)
        {
            var (key, value) = fields[i];
            if (key.Equals(name, comparison)) return value;
        }
        return null;
    }
}
