using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Proxy;

/// <summary>The headers that a caller gets.</summary>
public class ResponseHeaderTests
{
    private static readonly HeaderEditsConfig Edits = new() { Remove = ["server"], Set = [new("x-tier", "gold")] };

    private static Step Answer(int status, params KeyValuePair<string, string>[] headers) =>
        new(10, new UpstreamReply(status, ResponseFlags.None, 100, Complete: true).WithHeaders(headers));

    private static string Headers(PolicyConfig policy, Step step)
    {
        var mesh = new TestMesh(policy);
        mesh.Upstream.Plays(step);
        var call = mesh.Call();
        mesh.Run();
        return string.Join(", ", call.Response.Headers.Select(header => $"{header.Key}: {header.Value}"));
    }

    [Fact]
    public void Route_changes_the_answer_s_headers() =>
        Assert.Equal("x-id: 7, x-tier: gold", Headers(new() { Routes = [new() { ResponseHeaders = Edits }] }, Answer(200, new("Server", "kestrel"), new("x-id", "7"), new("X-Tier", "free"))));

    [Fact]
    public void Headers_of_an_answer_with_a_body_are_changed_too() =>
        Assert.Equal("x-id: 7, x-tier: gold", Headers(new() { Routes = [new() { ResponseHeaders = Edits }] }, Answer(200, new("server", "kestrel"), new("x-id", "7")).WithBody(5)));

    [Fact]
    public void Without_changes_they_are_the_answer_s() => Assert.Equal("x-id: 7", Headers(new(), Answer(200, new KeyValuePair<string, string>("x-id", "7"))));

    [Fact]
    public void The_proxy_s_own_answer_is_changed_as_well() =>
        Assert.Equal("x-tier: gold", Headers(new() { Routes = [new() { DirectResponse = new() { Status = 503 }, ResponseHeaders = Edits }] }, Answer(200)));

    [Fact]
    public void Redirect_says_where_to_go() =>
        Assert.Equal("location: http://payments/new", Headers(new() { Routes = [new() { Redirect = new() { Path = "/new" } }] }, Answer(200)));

    [Fact]
    public void Answer_is_retried_for_its_headers_until_it_has_them_no_more()
    {
        var mesh = new TestMesh(new() { Retries = new() { Attempts = 3, On = RetryOn.RetriableHeaders, RetriableHeaders = new([new("x-retry", new TextMatch(TextMatchKind.Exact, "yes"))]) } });
        mesh.Upstream.Plays(Answer(200, new KeyValuePair<string, string>("X-Retry", "yes")), Answer(200, new KeyValuePair<string, string>("x-retry", "no")));
        var call = mesh.Call();
        mesh.Run();
        Assert.Equal((200, 2), (call.Response.Status, mesh.Upstream.Sent.Count));
        Assert.Equal("no", Assert.Single(call.Response.Headers).Value);
    }
}
