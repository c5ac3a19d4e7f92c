using System.Buffers;
using System.Text;
using CsCheck;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Telemetry.AccessLogs;

namespace Mesh.Runtime.Tests.Telemetry.AccessLogs;

public class TextFormatTests
{
    [Fact]
    public void Envoy_s_default_reads_as_in_Envoy() => Assert.Equal(
        """[2026-11-26T10:15:41.310Z] "GET /pay?id=7 HTTP/1.1" 200 - 14 2048 12 11 "192.0.2.4, 10.0.0.1" "curl/8.4.0" "7f9c6d2e-0b4e-4a54-9d4c-0a3f5ed5a1f1" "payments:8080" "10.0.0.7:8443" """.TrimEnd() + "\n",
        Line(TextFormat.Envoy, Sample.Request));

    [Fact]
    public void Istio_s_default_reads_as_in_Istio() => Assert.Equal(
        "[2026-11-26T10:15:41.310Z] \"GET /pay?id=7 HTTP/1.1\" 503 UF,URX upstream_reset_before_response_started{connection_failure} - \"connection refused\" 14 0 12 - " +
        "\"192.0.2.4, 10.0.0.1\" \"curl/8.4.0\" \"7f9c6d2e-0b4e-4a54-9d4c-0a3f5ed5a1f1\" \"payments:8080\" \"10.0.0.7:8443\" payments 10.0.0.3:50412 127.0.0.1:15001 127.0.0.1:40022 - default\n",
        Line(TextFormat.Istio, Sample.Request with { Status = 503, Flags = ResponseFlags.UF | ResponseFlags.URX, BytesSent = 0, UpstreamServiceTime = null, UpstreamFailure = "connection refused" }));

    [Fact]
    public void A_TCP_connection_reads_as_in_Envoy() => Assert.Equal(
        "[2026-11-26T10:15:41.310Z] \"- - -\" 0 - 100 900 3000 - \"-\" \"-\" \"-\" \"-\" \"-\"\n", Line(TextFormat.Envoy, Sample.Connection));

    [Theory]
    [InlineData("%REQ(X?:PATH):4%|%REQ(USER-AGENT):100%", "/pay|curl/8.4.0")]
    [InlineData("%START_TIME(%s.%3f)%", "1795688141.310")]
    [InlineData("%START_TIME(%Y/%m/%dT%H:%M:%S%z %f %E6S %j %e %b %a)%", "2026/11/26T10:15:41+0000 310000000 41.310000 330 26 Nov Thu")]
    [InlineData("%START_TIME(%Y)%", "2026")]
    [InlineData("100%% of %PROTOCOL%", "100% of HTTP/1.1")]
    [InlineData("%RESPONSE_CODE% %GRPC_STATUS% %GRPC_STATUS_NUMBER%", "200 - -")]
    [InlineData("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %UPSTREAM_REQUEST_ATTEMPT_COUNT%", "127.0.0.1 1")]
    [InlineData("%REQ(X-Tenant)% %RESP(Server)% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%", "acme nginx 11")]
    [InlineData("%TRACE_ID% %SPAN_ID%", "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7")]
    [InlineData("%RESPONSE_CODE_DETAILS%", "via_upstream")]
    [InlineData("ü %PROTOCOL%\n", "ü HTTP/1.1")]
    public void Operators_serve_what_Envoy_s_serve(string format, string line) =>
        Assert.Equal(line + "\n", Line(format, Sample.Request with { RequestHeaders = [new("x-tenant", "acme")], ResponseHeaders = [new("Server", "nginx")] }));

    [Theory]
    [InlineData("%FOO%", "'%FOO%' is not an operator")]
    [InlineData("%PROTOCOL", "is not an operator: operators are written")]
    [InlineData("50% off", "is not an operator: operators are written")]
    [InlineData("%REQ(X", "is not closed")]
    [InlineData("%REQ()%", "needs a header's name")]
    [InlineData("%REQ(A?B?C)%", "needs a header's name")]
    [InlineData("%PROTOCOL(X)%", "takes nothing in parentheses")]
    [InlineData("%REQ(X):Z%", "is not a number")]
    [InlineData("%REQ(cookie)%", "would log a secret")]
    [InlineData("%RESP(Set-Cookie)%", "would log a secret")]
    [InlineData("%REQ(X?AUTHORIZATION)%", "would log a secret")]
    [InlineData("%START_TIME(%Q)%", "'%Q' is not a specifier of time")]
    [InlineData("a\nb", "must be one line")]
    [InlineData("", "must be one line")]
    public void A_wrong_format_is_told_with_why(string format, string problem)
    {
        List<string> problems = [];
        _ = new TextFormat(format, problems.Add);
        Assert.Contains(problem, string.Join('\n', problems));
    }

    [Fact]
    public void Headers_that_a_format_asks_for_are_named_for_the_sidecar()
    {
        var format = new TextFormat("%REQ(X-Tenant?X-Team)% %REQ(USER-AGENT)% %RESP(Server)%", problem => Assert.Fail(problem));
        Assert.Equal(["x-team", "x-tenant"], format.RequestHeaders);
        Assert.Equal(["server"], format.ResponseHeaders);
    }

    [Theory]
    [InlineData("x\r\nHTTP/1.1 200", "x\\x0D\\x0AHTTP/1.1 200")]
    [InlineData("a\"b\\c", "a\\x22b\\x5Cc")]
    [InlineData("\u0000\u001b[31m\u0085\u2028", "\\x00\\x1B[31m\\xC2\\x85\\xE2\\x80\\xA8")]
    [InlineData("Müller 😀", "Müller 😀")]
    public void A_value_cannot_break_its_line_or_its_quotes(string value, string written) =>
        Assert.Equal($"\"{written}\"\n", Line("\"%REQ(USER-AGENT)%\"", Sample.Request with { UserAgent = value }));

    [Fact]
    public void Whatever_a_client_sends_a_request_is_one_line_with_the_same_quotes()
    {
        var any = Gen.String[Gen.Char["ab \"\\\r\n\t\u0000\u0085\u2028\ud83d"], 0, 12];
        Gen.Select(any, any, any).Sample((path, agent, forwarded) =>
        {
            string line = Line(TextFormat.Istio, Sample.Request with { Path = path, UserAgent = agent, ForwardedFor = forwarded });
            Assert.Equal(line.Length - 1, line.AsSpan().IndexOfAny("\r\n\u0085\u2028"));
            Assert.Equal(14, line.Count(c => c == '"'));
        });
    }

    [Theory]
    [InlineData("/a?access_token=hush&x=1", "/a?access_token=REDACTED&x=1")]
    [InlineData("/a?x=1&API_KEY=hush", "/a?x=1&API_KEY=REDACTED")]
    [InlineData("/a?access%5Ftoken=hush", "/a?access%5Ftoken=REDACTED")]
    [InlineData("/a?x=1;password=hush", "/a?x=1&password=REDACTED")]
    [InlineData("/a?x=1&tokens=2", "/a?x=1&tokens=2")]
    [InlineData("/a?", "/a?")]
    public void Secrets_in_a_query_are_struck_out(string path, string written) => Assert.Equal(written + "\n", Line("%REQ(:PATH)%", Sample.Request with { Path = path }));

    private static string Line(string format, RequestFacts facts)
    {
        var output = new ArrayBufferWriter<byte>();
        new TextFormat(format, problem => Assert.Fail(problem)).Write(facts, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
