using System.Collections.Concurrent;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>Requests that two servers could read in two ways never go on as they came (RFC 9112, 11.2).</summary>
public class SmugglingTests
{
    [Theory]
    [InlineData("both lengths", "POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG")]
    [InlineData("two lengths", "POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")]
    [InlineData("two lengths that agree", "POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("lengths in a list", "POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 5, 6\r\n\r\nhello!")]
    [InlineData("two codings", "POST / HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n")]
    [InlineData("a coding twice", "POST / HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("another coding first", "POST / HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("an unknown coding", "POST / HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("a coding in disguise", "POST / HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("a coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("a space before the colon", "POST / HTTP/1.1\r\nHost: api\r\nContent-Length : 5\r\n\r\nhello")]
    [InlineData("a folded line", "GET / HTTP/1.1\r\nHost: api\r\nX-Folded: a\r\n b\r\n\r\n")]
    [InlineData("a first line that begins with a space", "GET / HTTP/1.1\r\n X-Odd: a\r\nHost: api\r\n\r\n")]
    [InlineData("bare line feeds", "GET / HTTP/1.1\nHost: api\n\n")]
    [InlineData("a bare line feed within", "GET / HTTP/1.1\r\nHost: api\r\nX-A: a\nX-B: b\r\n\r\n")]
    [InlineData("a bare carriage return", "GET / HTTP/1.1\r\nHost: api\r\nX-A: a\rX-B: b\r\n\r\n")]
    [InlineData("a null", "GET / HTTP/1.1\r\nHost: api\r\nX-A: a\0b\r\n\r\n")]
    [InlineData("a control character", "GET / HTTP/1.1\r\nHost: api\r\nX-A: a\u0001b\r\n\r\n")]
    [InlineData("no host", "GET / HTTP/1.1\r\n\r\n")]
    [InlineData("two hosts", "GET / HTTP/1.1\r\nHost: api\r\nHost: cart\r\n\r\n")]
    [InlineData("a host that is none", "GET / HTTP/1.1\r\nHost: api/../x\r\n\r\n")]
    [InlineData("a target for another host", "GET http://cart/ HTTP/1.1\r\nHost: api\r\n\r\n")]
    [InlineData("a chunk size that is none", "POST / HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n")]
    [InlineData("a chunk size with a sign", "POST / HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("a chunk size that is too large", "POST / HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n")]
    [InlineData("a chunk that is too long", "POST / HTTP/1.1\r\nHost: api\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n")]
    [InlineData("a method with a control character", "GE\u0001T / HTTP/1.1\r\nHost: api\r\n\r\n")]
    [InlineData("a tunnel", "CONNECT api:443 HTTP/1.1\r\nHost: api:443\r\n\r\n")]
    public async Task A_request_that_could_be_read_in_two_ways_is_refused(string what, string request)
    {
        var seen = new ConcurrentQueue<string>();
        await using var server = RawServer.Answering(head =>
        {
            seen.Enqueue(head);
            return head.Contains("0\r\n\r\n", StringComparison.Ordinal) || !head.Contains("chunked", StringComparison.Ordinal) ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" : null;
        });
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port);
        using var client = mesh.Raw();
        string answer = await client.AskAsync(request);
        Assert.Matches("^(HTTP/1.1 (400|405|411|413|501|505) |$)", answer);
        // Heads of chunked bodies may have gone on before the bad chunk came; whole requests never do.
        Assert.DoesNotContain(seen, head => head.EndsWith("0\r\n\r\n", StringComparison.Ordinal) || !head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase));
        Assert.False(string.IsNullOrEmpty(what));
    }

    [Fact]
    public async Task What_follows_a_refused_request_on_its_connection_is_not_read()
    {
        int calls = 0;
        await using var mesh = await LiveMesh.StartAsync(_ =>
        {
            Interlocked.Increment(ref calls);
            return Task.CompletedTask;
        });
        using var client = mesh.Raw();
        string answer = await client.AskAsync("POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\nHost: api\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400", answer);
        Assert.Contains("Connection: close", answer);
        Assert.Contains("two ways", answer);
        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task A_signed_length_goes_on_without_its_sign()
    {
        string seen = "";
        await using var server = RawServer.Answering(head =>
        {
            seen = head;
            return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        });
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port);
        using var client = mesh.Raw();
        Assert.StartsWith("HTTP/1.1 200", await client.AskAsync("POST / HTTP/1.1\r\nHost: api\r\nContent-Length: +5\r\nConnection: close\r\n\r\nhello"));
        Assert.Contains("Content-Length: 5\r\n", seen);
    }

    [Theory]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a/./b", "/a/b")]
    [InlineData("/a%2Fb", "/a%2Fb")]
    [InlineData("/a%252Fb", "/a%252Fb")]
    [InlineData("/%61%7e%2e%2E/%2e%2e/b", "/b")]
    [InlineData("/a/%2E%2e/..", "/")]
    [InlineData("/a/b/.", "/a/b/")]
    [InlineData("/a..b/.c/...", "/a..b/.c/...")]
    [InlineData("/caf%c3%a9", "/caf%C3%A9")]
    [InlineData("/%zz%2", "/%zz%2")]
    [InlineData("http://api/x/../y?a=/../b", "/y?a=/../b")]
    [InlineData("http://api?x", "/?x")]
    [InlineData("/caf%C3%A9?q=%2F", "/caf%C3%A9?q=%2F")]
    [InlineData("//a//b", "//a//b")]
    public async Task A_path_is_brought_into_one_form_before_routes_see_it(string asked, string got)
    {
        string target = "";
        await using var server = RawServer.Answering(head =>
        {
            target = head.Split(' ')[1];
            return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        });
        await using var mesh = await LiveMesh.InFrontOfAsync(server.Port);
        using var client = mesh.Raw();
        Assert.StartsWith("HTTP/1.1 200", await client.AskAsync($"GET {asked} HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n"));
        Assert.Equal(got, target);
    }

    [Fact]
    public async Task A_proxy_request_with_its_own_host_goes_through()
    {
        string head = "";
        await using var server = RawServer.Answering(request =>
        {
            head = request;
            return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        });
        await using var mesh = new LiveMesh();
        await mesh.AddServiceAsync("api", new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, server.Port));
        await mesh.OpenIngressAsync(null);
        using var client = mesh.Raw();
        string answer = await client.AskAsync("GET http://api:8080/x?y=1 HTTP/1.1\r\nHost: api:8080\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: basic c2VjcmV0\r\nConnection: close\r\n\r\n");
        Assert.EndsWith("ok", answer);
        Assert.StartsWith("GET /x?y=1 HTTP/1.1\r\n", head);
        Assert.Contains("Host: api:8080\r\n", head);
        Assert.DoesNotContain("Proxy-", head);
    }
}
