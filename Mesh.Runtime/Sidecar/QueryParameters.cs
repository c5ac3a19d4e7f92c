using Microsoft.AspNetCore.WebUtilities;

namespace Mesh.Runtime.Sidecar;

/// <summary>A query's parameters, in order.</summary>
internal static class QueryParameters
{
    public static IReadOnlyList<KeyValuePair<string, string>> Parse(string? query)
    {
        if (query is null or "" or "?") return [];
        var parameters = new List<KeyValuePair<string, string>>();
        foreach (var pair in new QueryStringEnumerable(query)) parameters.Add(new(pair.DecodeName().ToString(), pair.DecodeValue().ToString()));
        return parameters;
    }
}
