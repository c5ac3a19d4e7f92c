using Mesh.Runtime.Model;

namespace Mesh.Runtime.Routing;

/// <summary>The path that a request is given instead of its own: a whole one, or another prefix (Gateway API's ReplaceFullPath and ReplacePrefixMatch).</summary>
internal static class PathRewrite
{
    /// <summary>The new path.</summary>
    /// <param name="path">The request's.</param>
    /// <param name="whole">The whole new path; <c>null</c> for none.</param>
    /// <param name="prefix">What takes the matched prefix's place; <c>null</c> for none.</param>
    /// <param name="matched">The prefix that matched; <c>null</c> where the match was of another kind, which leaves the path.</param>
    public static string Of(string path, string? whole, string? prefix, string? matched)
    {
        if (whole is not null) return whole;
        if (prefix is null || matched is null) return path;
        var rest = path.AsSpan(matched.TrimEnd('/').Length);
        string start = prefix.TrimEnd('/');
        return start.Length + rest.Length == 0 ? "/" : $"{start}{rest}";
    }

    /// <summary>The request's path after a rewrite.</summary>
    public static string Of(string path, RewriteConfig rewrite, string? matched) => Of(path, rewrite.Path, rewrite.Prefix, matched);
}
