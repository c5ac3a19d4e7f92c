using System.Globalization;
using System.Net.Http.Headers;
using Mesh.Runtime.Proxy;

namespace Mesh.Runtime.Sidecar.Outbound;

/// <summary>Between HTTP heads and <see cref="MeshRequest"/>s, on the caller's side.</summary>
internal static class OutboundHead
{
    /// <summary>The head of a message that comes from the local application.</summary>
    public static MeshRequest Read(HttpRequestMessage message, OutboundCall call, LiveProxy proxy)
    {
        var headers = Headers(message);
        long now = proxy.Node.Plane.Now;
        var request = new MeshRequest
        {
            Class = proxy.Node.Directory.AddClass(call.Service, call.Path),
            Method = message.Method.Method,
            Authority = message.Headers.Host ?? call.Service,
            Port = PortOf(message.Headers.Host),
            Query = QueryParameters.Parse(call.Query),
            Headers = headers,
            BodyBytes = message.Content?.Headers.ContentLength ?? 0,
            Key = proxy.Node.Keys.Next(),
            IntendedStart = now,
        };
        foreach (var (name, value) in headers) ReadMeshHeader(request, name, value, now);
        return request;
    }

    /// <summary>A message to an endpoint: the request's head as routes left it, with what the callee's sidecar has to know.</summary>
    public static AttemptMessage Write(OutboundCall call, Attempt attempt, HttpContent? content, string scheme, long now)
    {
        var request = attempt.Request;
        var message = new AttemptMessage(call.Head.Method, TargetOf(call, attempt, scheme), attempt.Endpoint)
        {
            Version = call.Head.Version,
            VersionPolicy = call.Head.VersionPolicy,
            Content = content,
        };
        message.Headers.Protocol = call.Head.Headers.Protocol;   // of an extended CONNECT
        foreach (var (name, value) in request.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value)) message.Content?.Headers.TryAddWithoutValidation(name, value);
        }
        message.Headers.Host = request.IsMirrored ? $"{request.Authority}-shadow" : request.Authority;   // Envoy's mark of a copy
        Set(message.Headers, MeshHeaders.Key, MeshHeaders.Format(request.Key));
        Set(message.Headers, MeshHeaders.AttemptCount, (attempt.Number + 1).ToString(CultureInfo.InvariantCulture));
        if (attempt.HeadersDue != long.MaxValue) WriteDeadline(message.Headers, Math.Max(0, attempt.HeadersDue - now));
        return message;
    }

    private static void ReadMeshHeader(MeshRequest request, string name, string value, long now)
    {
        if (name.Length == 0 || (name[0] | 0x20) is not ('x' or 'g')) return;   // most are none of these
        switch (name.ToLowerInvariant())
        {
            case MeshHeaders.Key when MeshHeaders.TryParse(value, out ulong key):
                request.Key = key;
                break;
            case MeshHeaders.Parent when MeshHeaders.TryParse(value, out ulong parent):
                request.ParentKey = parent;
                break;
            case MeshHeaders.ParentAttempt when TryNumber(value, out long attempt):
                request.ParentAttempt = (int)Math.Min(attempt, int.MaxValue);
                break;
            case MeshHeaders.Late when TryNumber(value, out long late):
                request.IntendedStart = now - (Math.Min(late, 3_600_000_000) * TimeSpan.TicksPerMicrosecond);
                break;
            case MeshHeaders.ExpectedTimeout when TryNumber(value, out long milliseconds):
                request.Deadline = Math.Min(request.Deadline, now + (Math.Min(milliseconds, int.MaxValue) * TimeSpan.TicksPerMillisecond));
                break;
            case GrpcHeaders.Timeout when GrpcHeaders.ParseTimeout(value) is { } ticks:
                request.Deadline = Math.Min(request.Deadline, now + ticks);
                break;
        }
    }

    private static bool TryNumber(string text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static List<KeyValuePair<string, string>> Headers(HttpRequestMessage message)
    {
        var headers = new List<KeyValuePair<string, string>>(message.Headers.NonValidated.Count + (message.Content?.Headers.NonValidated.Count ?? 0));
        Add(message.Headers);
        if (message.Content is { } content) Add(content.Headers);
        return headers;

        void Add(HttpHeaders from)
        {
            foreach (var header in from.NonValidated)
            {
                if (header.Key.Equals("Host", StringComparison.OrdinalIgnoreCase)) continue;
                foreach (string value in header.Value) headers.Add(new(header.Key, value));
            }
        }
    }

    /// <summary>The endpoint's address, under the path and query that the request has by now. Paths stay as they are: rewritten twice they would name something else.</summary>
    private static Uri TargetOf(OutboundCall call, Attempt attempt, string scheme) =>
        HeadTransformer.Exactly($"{scheme}://{attempt.Endpoint.Address}{attempt.Request.Class.Path}{call.Query}");

    private static void WriteDeadline(HttpRequestHeaders headers, long ticks)
    {
        // Rounded up: a callee that gives up before its caller does would turn answers into time-outs.
        Set(headers, MeshHeaders.ExpectedTimeout, ((ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond).ToString(CultureInfo.InvariantCulture));
        if (headers.NonValidated.Contains(GrpcHeaders.Timeout)) Set(headers, GrpcHeaders.Timeout, GrpcHeaders.FormatTimeout(ticks));
    }

    /// <summary>Sets a header, whatever it was before.</summary>
    public static void Set(HttpRequestHeaders headers, string name, string value)
    {
        headers.Remove(name);
        headers.TryAddWithoutValidation(name, value);
    }

    private static int PortOf(string? authority)
    {
        int colon = authority?.LastIndexOf(':') ?? -1;
        return colon > 0 && int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) ? port : 80;
    }
}
