using System.Buffers;
using System.Globalization;
using System.Text;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>A line of text with Envoy's operators: <c>%NAME%</c>, <c>%NAME(ARGUMENT)%</c>, <c>%NAME(ARGUMENT):LENGTH%</c>, <c>%%</c>.</summary>
internal sealed class TextFormat : ILogFormat
{
    /// <summary>Envoy's default.</summary>
    public const string Envoy =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% " +
        "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\"\n";

    /// <summary>Istio's default.</summary>
    public const string Istio =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% " +
        "%CONNECTION_TERMINATION_DETAILS% \"%UPSTREAM_TRANSPORT_FAILURE_REASON%\" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% " +
        "\"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% " +
        "%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n";

    private readonly List<Part> _parts = [];
    private readonly SortedSet<string> _requestHeaders = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _responseHeaders = new(StringComparer.Ordinal);

    /// <summary>Reads a format; a line's end is added where it has none.</summary>
    /// <param name="format">The format.</param>
    /// <param name="problems">Told everything that is wrong with it.</param>
    public TextFormat(string format, Action<string> problems)
    {
        if (format.Length == 0 || format.AsSpan(0, format.Length - 1).Contains('\n')) problems("it must be one line, and not empty.");
        var literal = new StringBuilder();
        for (int at = 0; at < format.Length;)
        {
            if (format[at] != '%') literal.Append(format[at++]);
            else if (format.AsSpan(at).StartsWith("%%", StringComparison.Ordinal))
            {
                literal.Append('%');
                at += 2;
            }
            else
            {
                Literal(literal);
                at = Operator(format, at, problems);
            }
        }
        if (!format.EndsWith('\n')) literal.Append('\n');
        Literal(literal);
    }

    public IReadOnlyList<string> RequestHeaders => [.. _requestHeaders];

    public IReadOnlyList<string> ResponseHeaders => [.. _responseHeaders];

    public void Write(RequestFacts facts, IBufferWriter<byte> output)
    {
        foreach (var part in _parts)
        {
            if (part.Literal is { } literal) output.Write(literal);
            else part.Operator!(facts, output, part.Most);
        }
    }

    private void Literal(StringBuilder text)
    {
        if (text.Length > 0) _parts.Add(new Part(Encoding.UTF8.GetBytes(text.ToString()), null, 0));
        text.Clear();
    }

    /// <summary>Reads the operator that begins at <paramref name="start"/> and returns where it is over.</summary>
    private int Operator(string format, int start, Action<string> problems)
    {
        int at = start + 1;
        while (at < format.Length && (char.IsAsciiLetterUpper(format[at]) || char.IsAsciiDigit(format[at]) || format[at] == '_')) at++;
        string name = format[(start + 1)..at];
        string? argument = null;
        if (at < format.Length && format[at] == '(')
        {
            int close = format.IndexOf(')', at);
            if (close < 0)
            {
                problems($"the parenthesis of '{format[start..at]}' at character {start + 1} is not closed.");
                return format.Length;
            }
            argument = format[(at + 1)..close];
            at = close + 1;
        }
        int most = int.MaxValue;
        if (at < format.Length && format[at] == ':')
        {
            int end = at + 1;
            while (end < format.Length && char.IsAsciiDigit(format[end])) end++;
            if (!int.TryParse(format.AsSpan(at + 1, end - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out most))
                problems($"the length after '{format[start..at]}' is not a number.");
            at = end;
        }
        if (at >= format.Length || format[at] != '%' || name.Length == 0)
        {
            problems($"'{format[start..Math.Min(format.Length, at + 1)]}' at character {start + 1} is not an operator: operators are written %NAME%, %NAME(ARGUMENT)% or %NAME(ARGUMENT):LENGTH%, and a percent sign %%.");
            return format.IndexOf('%', at) is >= 0 and var next ? next + 1 : format.Length;
        }
        if (LogOperators.Find(name, argument, Capture, out string? problem) is { } found) _parts.Add(new Part(null, found, most));
        if (problem is not null) problems(problem);
        return at + 1;
    }

    private void Capture(bool ofRequest, string header) => (ofRequest ? _requestHeaders : _responseHeaders).Add(header);

    private readonly record struct Part(byte[]? Literal, LogOperator? Operator, int Most);
}
