using Mesh.Runtime.Model;

namespace Mesh.Runtime.Routing;

/// <summary>Changes to headers.</summary>
internal static class HeaderEdits
{
    /// <summary>The edits made ready, or <c>null</c> when they change nothing.</summary>
    public static HeaderEditsConfig? From(HeaderEditsConfig edits) => edits is { Set.Count: 0, Add.Count: 0, Remove.Count: 0 } ? null : edits;

    /// <summary>The headers after the edits: removed, then set, then added.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Apply(HeaderEditsConfig edits, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var edited = new List<KeyValuePair<string, string>>(headers.Count + edits.Set.Count + edits.Add.Count);
        foreach (var header in headers)
        {
            if (!Names(edits, header.Key)) edited.Add(header);
        }
        edited.AddRange(edits.Set);
        edited.AddRange(edits.Add);
        return edited;
    }

    private static bool Names(HeaderEditsConfig edits, string name)
    {
        foreach (string removed in edits.Remove)
            if (removed.Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
        foreach (var set in edits.Set)
            if (set.Key.Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
