using CsCheck;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Tests.Routing;

/// <summary>Requests, written shortly.</summary>
internal static class Requests
{
    public static MeshRequest Get(string path, ulong key = 1) => new() { Class = new RequestClass(0, 0, "shop", path), Key = key };

    public static MeshRequest With(this MeshRequest request, string method = "GET", string? authority = null, string headers = "", string query = "", CallerInfo? caller = null)
    {
        request.Method = method;
        request.Authority = authority;
        request.Headers = Fields(headers);
        request.Query = Fields(query);
        request.Caller = caller ?? CallerInfo.Unknown;
        return request;
    }

    /// <summary>From <c>a=1 b=2</c>.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Fields(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(field => KeyValuePair.Create(field.Split('=')[0], field.Split('=')[1]))];

    /// <summary>One of some values.</summary>
    public static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
