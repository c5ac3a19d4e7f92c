using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Tests.Sidecar.Tcp;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Runtime.Tests.Sidecar;

public class SidecarHttpTests
{
    [Fact]
    public async Task A_request_goes_through_both_sidecars_to_the_application_and_back()
    {
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            string body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            context.Response.Headers["x-answer"] = "yes";
            await context.Response.WriteAsync($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {context.Request.Host} {body}");
        });
        using var client = mesh.Client();
        var response = await client.PostAsync("/orders/1?full=true", new StringContent("hello"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("yes", response.Headers.GetValues("x-answer").Single());
        Assert.Equal($"POST /orders/1?full=true {mesh.Ingress.Authority} hello", await response.Content.ReadAsStringAsync());
        await LiveMesh.Until(() => mesh.Log.Count == 2);
        Assert.Equal([Reporter.Destination, Reporter.Source], mesh.Log.Select(facts => facts.Reporter).Order().Reverse());
        Assert.All(mesh.Log, facts => Assert.Equal(200, facts.Status));
        Assert.Equal(
            [MeshEventKind.RequestStarted, MeshEventKind.AttemptStarted, MeshEventKind.ConnectionOpened, MeshEventKind.InboundStarted],
            mesh.Events.Select(e => e.Kind).Where(kind => kind != MeshEventKind.SnapshotApplied).Take(4));
        Assert.Contains(mesh.Events, e => e.Kind == MeshEventKind.RequestEnded && e.Outcome == 200);
    }

    [Fact]
    public async Task A_failed_attempt_is_retried_with_its_body()
    {
        int calls = 0;
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            string body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            context.Response.StatusCode = Interlocked.Increment(ref calls) <= 2 ? 503 : 200;
            await context.Response.WriteAsync($"{body} {context.Request.Headers["x-envoy-attempt-count"]}");
        }, new PolicyConfig { Retries = new RetryConfig { Attempts = 3, On = RetryOn.ServerError } });
        using var client = mesh.Client();
        var response = await client.PutAsync("/", new StringContent(new string('x', 10_000)));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(new string('x', 10_000) + " 3", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_body_larger_than_what_is_kept_is_sent_once_and_not_retried()
    {
        int calls = 0;
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            Interlocked.Increment(ref calls);
            context.Response.StatusCode = 503;
        }, new PolicyConfig { Retries = new RetryConfig { Attempts = 3, On = RetryOn.ServerError } });
        using var client = mesh.Client();
        var response = await client.PutAsync("/", new ByteArrayContent(new byte[1_000_000]));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task A_large_body_is_streamed_both_ways()
    {
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            await context.Response.Body.WriteAsync(body.ToArray());
        });
        using var client = mesh.Client();
        byte[] sent = new byte[20_000_000];
        new Random(1).NextBytes(sent);
        var response = await client.PostAsync("/", new ByteArrayContent(sent));
        Assert.Equal(sent, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Http2_in_plain_text_goes_through_on_the_same_port()
    {
        await using var mesh = new LiveMesh();
        await mesh.AddServiceAsync("api", async context =>
        {
            await context.Response.WriteAsync(context.Request.Protocol);
            context.Response.AppendTrailer("x-last", "words");
        }, HttpProtocols.Http2);
        await mesh.OpenIngressAsync("api");
        using var client = mesh.Client(version: HttpVersion.Version20);
        var response = await client.GetAsync("/");
        Assert.Equal("HTTP/2", await response.Content.ReadAsStringAsync());
        Assert.Equal("words", response.TrailingHeaders.GetValues("x-last").Single());
    }

    [Fact]
    public async Task An_application_that_is_not_there_is_answered_in_words()
    {
        await using var mesh = new LiveMesh();
        mesh.AddEndpoint("api", new IPEndPoint(IPAddress.Loopback, TcpServer.ClosedPort()));
        await mesh.OpenIngressAsync("api");
        using var client = mesh.Client();
        var response = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("connection failure", await response.Content.ReadAsStringAsync());
        Assert.Equal("UF", response.Headers.GetValues("x-meshlab-flags").Single());
    }

    [Fact]
    public async Task A_slow_answer_ends_with_504_at_the_deadline()
    {
        await using var mesh = await LiveMesh.StartAsync(async context => await Task.Delay(TimeSpan.FromSeconds(20), context.RequestAborted),
            new PolicyConfig { Timeout = TimeSpan.FromMilliseconds(300) });
        using var client = mesh.Client();
        var response = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("upstream request timeout", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_client_that_goes_away_takes_the_request_with_it()
    {
        var gone = new TaskCompletionSource();
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            context.RequestAborted.Register(() => gone.TrySetResult());
            await Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted);
        });
        using var client = mesh.Client();
        using var patience = new CancellationTokenSource(300);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync("/", patience.Token));
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await LiveMesh.Until(() => mesh.Events.Any(e => e.Kind == MeshEventKind.RequestEnded && e.Flags.HasFlag(ResponseFlags.DC)));
    }

    [Fact]
    public async Task A_service_is_found_by_its_authority()
    {
        await using var mesh = new LiveMesh();
        await mesh.AddServiceAsync("cart", context => context.Response.WriteAsync("cart"));
        await mesh.AddServiceAsync("stock", context => context.Response.WriteAsync("stock"));
        await mesh.OpenIngressAsync(null);
        using var client = mesh.Client();
        foreach (var (host, answer) in new[] { ("cart", "cart"), ("stock:8080", "stock"), ("stock.shop.svc.cluster.local", "stock") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = host } };
            Assert.Equal(answer, await (await client.SendAsync(request)).Content.ReadAsStringAsync());
        }
        using var unknown = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "nobody" } };
        Assert.Equal(HttpStatusCode.NotFound, (await client.SendAsync(unknown)).StatusCode);
    }
}
