using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Runtime.Sidecar;

/// <summary>
/// A request's path in one form, for routes, rules and the next server alike: what needs no escape is not escaped, escapes are in upper case, dot segments are gone (RFC 3986, 6.2.2; Istio's <c>BASE</c>).
/// Nothing else is decoded: <c>%2F</c> is no slash. Kestrel's own path is not used, for it decodes <c>%252F</c> to what it leaves of <c>%2F</c>.
/// </summary>
internal static class RequestTarget
{
    private static readonly SearchValues<char> Unreserved = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    /// <summary>The path of a request, without its query.</summary>
    public static string PathOf(HttpContext context)
    {
        ReadOnlySpan<char> target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        int scheme = target.IndexOf("://");
        if (!target.StartsWith('/') && scheme > 0)
        {
            target = target[(scheme + 3)..];
            int slash = target.IndexOfAny('/', '?');
            target = slash < 0 ? "/" : target[slash..];
        }
        int query = target.IndexOf('?');
        if (query >= 0) target = target[..query];
        return target.StartsWith('/') ? Normalize(target) : "/";
    }

    /// <summary>A path in its one form.</summary>
    public static string Normalize(ReadOnlySpan<char> path)
    {
        if (!path.Contains('%') && path.IndexOf("/.") < 0) return path.ToString();
        char[] rented = ArrayPool<char>.Shared.Rent(path.Length);
        try
        {
            return WithoutDots(rented.AsSpan(0, Unescape(path, rented)));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    private static int Unescape(ReadOnlySpan<char> path, Span<char> target)
    {
        int length = 0;
        for (int i = 0; i < path.Length; i++)
        {
            if (path[i] != '%' || i + 2 >= path.Length || !char.IsAsciiHexDigit(path[i + 1]) || !char.IsAsciiHexDigit(path[i + 2]))
            {
                target[length++] = path[i];
                continue;
            }
            char escaped = (char)Convert.FromHexString(path.Slice(i + 1, 2))[0];
            if (Unreserved.Contains(escaped) && !EndsInOpenEscape(target[..length]))
            {
                target[length++] = escaped;
            }
            else
            {
                target[length++] = '%';
                target[length++] = char.ToUpperInvariant(path[i + 1]);
                target[length++] = char.ToUpperInvariant(path[i + 2]);
            }
            i += 2;
        }
        return length;
    }

    /// <summary>Whether one or two more digits would complete an escape that nobody wrote, as <c>A</c> after <c>%4</c>.</summary>
    private static bool EndsInOpenEscape(ReadOnlySpan<char> path) => path.EndsWith('%') || (path.Length > 1 && path[^2] == '%');

    /// <summary>RFC 3986, 5.2.4, in place.</summary>
    private static string WithoutDots(Span<char> path)
    {
        int length = 0;
        for (int i = 0; i < path.Length;)
        {
            int next = path[(i + 1)..].IndexOf('/');
            int end = next < 0 ? path.Length : i + 1 + next;
            ReadOnlySpan<char> segment = path[i..end];   // with its slash before it
            if (segment is "/." or "/..")
            {
                if (segment.Length == 3) length = Math.Max(0, path[..length].LastIndexOf('/'));
                if (end == path.Length) path[length++] = '/';
            }
            else
            {
                segment.CopyTo(path[length..]);
                length += segment.Length;
            }
            i = end;
        }
        return length == 0 ? "/" : path[..length].ToString();
    }
}
