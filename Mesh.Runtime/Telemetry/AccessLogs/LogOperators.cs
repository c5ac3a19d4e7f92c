using System.Buffers;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>Writes one value of a request.</summary>
/// <param name="facts">The request.</param>
/// <param name="output">Where to.</param>
/// <param name="most">Characters at most.</param>
internal delegate void LogOperator(RequestFacts facts, IBufferWriter<byte> output, int most);

/// <summary>Envoy's command operators, as far as a request's facts serve them, with Envoy's names.</summary>
internal static class LogOperators
{
    private static readonly SortedDictionary<string, LogOperator> Plain = new(StringComparer.Ordinal)
    {
        ["PROTOCOL"] = Text(facts => facts.Protocol),
        ["RESPONSE_CODE"] = Number(facts => facts.Status),
        ["RESPONSE_CODE_DETAILS"] = Text(ResponseDetails.Of),
        ["RESPONSE_FLAGS"] = Text(facts => FlagTexts.Of(facts.Flags)),
        ["CONNECTION_TERMINATION_DETAILS"] = Text(facts => facts.Termination),
        ["UPSTREAM_TRANSPORT_FAILURE_REASON"] = Text(facts => facts.UpstreamFailure),
        ["BYTES_RECEIVED"] = Number(facts => facts.BytesReceived),
        ["BYTES_SENT"] = Number(facts => facts.BytesSent),
        ["DURATION"] = Number(facts => LogFields.Milliseconds(facts.Duration)),
        ["UPSTREAM_HOST"] = Text(facts => facts.UpstreamHost),
        ["UPSTREAM_CLUSTER"] = Text(LogFields.Cluster),
        ["UPSTREAM_CLUSTER_RAW"] = Text(LogFields.Cluster),
        ["UPSTREAM_LOCAL_ADDRESS"] = Text(facts => facts.UpstreamLocalAddress),
        ["UPSTREAM_REQUEST_ATTEMPT_COUNT"] = Number(facts => facts.Attempts),
        ["DOWNSTREAM_LOCAL_ADDRESS"] = Text(facts => facts.DownstreamLocalAddress),
        ["DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT"] = Text(facts => LogFields.Host(facts.DownstreamLocalAddress)),
        ["DOWNSTREAM_REMOTE_ADDRESS"] = Text(facts => facts.DownstreamRemoteAddress),
        ["DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT"] = Text(facts => LogFields.Host(facts.DownstreamRemoteAddress)),
        ["DOWNSTREAM_PEER_URI_SAN"] = Text(facts => facts.MutualTls && facts.Reporter == Reporter.Destination ? facts.Source.Principal : null),
        ["DOWNSTREAM_TRANSPORT_FAILURE_REASON"] = Text(facts => facts.DownstreamFailure),
        ["REQUESTED_SERVER_NAME"] = Text(facts => facts.RequestedServerName),
        ["ROUTE_NAME"] = Text(LogFields.Route),
        ["GRPC_STATUS"] = Text(facts => LogFields.GrpcName(facts.GrpcStatus)),
        ["GRPC_STATUS_NUMBER"] = Number(facts => facts.GrpcStatus),
        ["TRACE_ID"] = Text(facts => facts.TraceId),
        ["SPAN_ID"] = Text(facts => facts.SpanId),
    };

    private static readonly Dictionary<string, Func<RequestFacts, string?>> KnownRequestHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        [":method"] = facts => facts.Method,
        [":path"] = facts => PathText.Safe(facts.Path),
        [":authority"] = facts => facts.Authority,
        ["host"] = facts => facts.Authority,
        ["x-forwarded-for"] = facts => facts.ForwardedFor,
        ["user-agent"] = facts => facts.UserAgent,
        ["x-request-id"] = facts => facts.RequestId,
        ["x-envoy-original-path"] = _ => null,   // the facts have the path as it was asked for, which is what Envoy keeps here
    };

    /// <summary>The operators as an error lists them.</summary>
    public static string Known { get; } = string.Join(' ', Plain.Keys.Concat(["START_TIME", "REQ", "RESP"]).Order(StringComparer.Ordinal).Select(name => $"%{name}%"));

    /// <summary>Finds an operator.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="argument">What stands in its parentheses; <c>null</c> without them.</param>
    /// <param name="captured">Told each header that has to be captured: whether it is the request's, and its name.</param>
    /// <param name="problem">Why there is none.</param>
    public static LogOperator? Find(string name, string? argument, Action<bool, string> captured, out string? problem)
    {
        problem = null;
        switch (name)
        {
            case "START_TIME":
                var time = new LogTime(string.IsNullOrEmpty(argument) ? LogTime.Default : argument, out problem);
                return (facts, output, _) => time.Write(facts.Started, output);
            case "REQ" or "RESP":
                return Headers(name, argument, captured, out problem);
        }
        if (!Plain.TryGetValue(name, out var known)) problem = $"'%{name}%' is not an operator that a sidecar can serve. Known: {Known}.";
        else if (argument is not null) problem = $"'%{name}%' takes nothing in parentheses, here '{argument}'.";
        return known;
    }

    /// <summary><c>REQ(X?Y)</c>: the header X, else Y.</summary>
    private static LogOperator? Headers(string name, string? argument, Action<bool, string> captured, out string? problem)
    {
        string[] names = argument?.Split('?') ?? [];
        problem = names.Length is 0 or > 2 || names.Any(string.IsNullOrWhiteSpace) ? $"'%{name}%' needs a header's name, and may have a second one to take instead: %{name}(X?Y)%."
            : names.FirstOrDefault(LogFields.SecretHeaders.Contains) is { } secret ? $"'%{name}({argument})%' would log a secret: '{secret}' is never logged."
            : null;
        if (problem is not null) return null;
        var first = Header(name == "REQ", names[0].Trim(), captured);
        if (names.Length == 1) return Text(first);
        var second = Header(name == "REQ", names[1].Trim(), captured);
        return Text(facts => first(facts) ?? second(facts));
    }

    private static Func<RequestFacts, string?> Header(bool ofRequest, string name, Action<bool, string> captured)
    {
        if (ofRequest && KnownRequestHeaders.TryGetValue(name, out var known)) return known;
        if (!ofRequest && name.Equals("x-envoy-upstream-service-time", StringComparison.OrdinalIgnoreCase))
            return facts => LogFields.Milliseconds(facts.UpstreamServiceTime)?.ToString(System.Globalization.CultureInfo.InvariantCulture);
        captured(ofRequest, name.ToLowerInvariant());
        return ofRequest ? facts => LogFields.Header(facts.RequestHeaders, name) : facts => LogFields.Header(facts.ResponseHeaders, name);
    }

    private static LogOperator Text(Func<RequestFacts, string?> value) => (facts, output, most) => LogText.Write(output, value(facts), most);

    private static LogOperator Number(Func<RequestFacts, long?> value) => (facts, output, _) =>
    {
        if (value(facts) is { } number) LogText.Write(output, number);
        else LogText.Write(output, "-");
    };
}
