using System.Globalization;

namespace Mesh.Runtime.Proxy;

/// <summary>What an answer's headers say to the caller's sidecar, read in one place for both worlds.</summary>
public static class ReplyHeaders
{
    /// <summary>Reads an answer's headers into it: <c>x-envoy-overloaded</c>, <c>x-envoy-ratelimited</c> and <c>retry-after</c> (in whole seconds; a date is not read). What the reply says already stays.</summary>
    /// <param name="reply">The answer.</param>
    /// <param name="headers">Its headers, in order.</param>
    public static UpstreamReply WithHeaders(this UpstreamReply reply, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var hints = reply.Hints;
        long retryAfter = reply.RetryAfter;
        for (int i = 0; i < headers.Count; i++)
        {
            var (name, value) = headers[i];
            if (Is(name, "x-envoy-overloaded")) hints |= ReplyHints.Overloaded;
            else if (Is(name, "x-envoy-ratelimited")) hints |= ReplyHints.RateLimited;
            else if (Is(name, "retry-after") && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)) retryAfter = seconds * TimeSpan.TicksPerSecond;
        }
        return reply with { Headers = headers, Hints = hints, RetryAfter = retryAfter };
    }

    /// <summary>Whether the answer to a health check says that the endpoint is degraded (Envoy's <c>x-envoy-degraded</c>, whatever its value).</summary>
    public static bool SayDegraded(IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        for (int i = 0; i < headers.Count; i++)
        {
            if (Is(headers[i].Key, "x-envoy-degraded")) return true;
        }
        return false;
    }

    private static bool Is(string name, string known) => name.Equals(known, StringComparison.OrdinalIgnoreCase);
}
