using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.LoadBalancing;

/// <summary>A request's affinity hash: xxHash64 with seed 0 of what the policy hashes by, as Envoy's hash policies.</summary>
internal static class AffinityHash
{
    private const int OnStack = 256;

    /// <summary>The hash; <c>null</c> where the request does not have what is hashed by.</summary>
    /// <param name="config">What is hashed by.</param>
    /// <param name="request">The request, with its caller set.</param>
    /// <param name="proxy">The calling proxy, which is the source.</param>
    public static ulong? Of(AffinityConfig? config, MeshRequest request, int proxy)
    {
        if (config is null) return null;
        if (config.By == AffinitySource.Source) return XxHash64.HashToUInt64(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in proxy)));
        var value = config.By switch
        {
            AffinitySource.Header => Find(request.Headers, config.Name, StringComparison.OrdinalIgnoreCase),
            AffinitySource.Cookie => Cookie(Find(request.Headers, "cookie", StringComparison.OrdinalIgnoreCase), config.Name),
            _ => Find(request.Query, config.Name, StringComparison.Ordinal),
        };
        return value.IsEmpty ? null : Hash(value);
    }

    private static ulong Hash(ReadOnlySpan<char> value)
    {
        int length = Encoding.UTF8.GetMaxByteCount(value.Length);
        Span<byte> bytes = length <= OnStack ? stackalloc byte[OnStack] : new byte[length];
        return XxHash64.HashToUInt64(bytes[..Encoding.UTF8.GetBytes(value, bytes)]);
    }

    private static ReadOnlySpan<char> Find(IReadOnlyList<KeyValuePair<string, string>> pairs, string name, StringComparison comparison)
    {
        for (int i = 0; i < pairs.Count; i++)
            if (string.Equals(pairs[i].Key, name, comparison)) return pairs[i].Value;
        return default;
    }

    private static ReadOnlySpan<char> Cookie(ReadOnlySpan<char> cookies, string name)
    {
        foreach (var range in cookies.Split(';'))
        {
            var one = cookies[range].Trim();
            int sign = one.IndexOf('=');
            if (sign >= 0 && one[..sign].SequenceEqual(name)) return one[(sign + 1)..];
        }
        return default;
    }
}
