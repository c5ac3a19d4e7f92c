using System.Collections.Concurrent;
using System.Net;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>Policies of the caller's and the callee's sidecar over real sockets: what they decide is tested elsewhere, that they decide it here is tested here.</summary>
public class LivePolicyTests
{
    [Fact]
    public async Task Retry_after_is_waited_for()
    {
        int calls = 0;
        await using var mesh = await LiveMesh.StartAsync(context =>
        {
            if (Interlocked.Increment(ref calls) > 1) return context.Response.WriteAsync("now");
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "1";
            return Task.CompletedTask;
        }, new PolicyConfig { Retries = new RetryConfig { On = RetryOn.ServerError, HonorRetryAfter = true } });
        using var client = mesh.Client();
        Assert.Equal("now", await client.GetStringAsync("/"));
        Assert.InRange(mesh.Events.Single(e => e.Kind == MeshEventKind.RetryScheduled).Duration, TimeSpan.FromSeconds(1).Ticks, TimeSpan.FromSeconds(3).Ticks);
    }

    [Fact]
    public async Task Retries_end_with_their_budget()
    {
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            await Task.Delay(100);
            context.Response.StatusCode = 503;
        }, new PolicyConfig { Retries = new RetryConfig { Attempts = 3, On = RetryOn.ServerError, Budget = new ConcurrentBudgetConfig { Percent = 0, MinConcurrent = 1 } } });
        using var client = mesh.Client();
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => client.GetAsync("/")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode));
        Assert.InRange(mesh.Count(MeshEventKind.RetryRefused), 1, 1000);
        Assert.InRange(mesh.Count(MeshEventKind.RetryScheduled), 1, 60);
    }

    [Fact]
    public async Task A_slow_try_is_given_up_and_the_next_one_answers()
    {
        int calls = 0;
        var gone = new TaskCompletionSource();
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            if (Interlocked.Increment(ref calls) > 1)
            {
                await context.Response.WriteAsync("second");
                return;
            }
            context.RequestAborted.Register(() => gone.TrySetResult());
            await Task.Delay(TimeSpan.FromSeconds(60), context.RequestAborted);
        }, new PolicyConfig { PerTryTimeout = TimeSpan.FromMilliseconds(500), Retries = new RetryConfig { On = RetryOn.GatewayError } });
        using var client = mesh.Client();
        Assert.Equal("second", await client.GetStringAsync("/"));
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_body_that_stands_still_breaks_off_at_the_idle_time_out()
    {
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            await context.Response.WriteAsync("some");
            await Task.Delay(TimeSpan.FromSeconds(60), context.RequestAborted);
        }, new PolicyConfig { IdleTimeout = TimeSpan.FromMilliseconds(400) });
        using var client = mesh.Client();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync("/"));
        Assert.Equal(ResponseFlags.SI, (await mesh.EndedAsync()).Flags);
        await LiveMesh.Until(() => mesh.Log.Any(facts => facts.Reporter == Reporter.Source && facts.Flags.HasFlag(ResponseFlags.SI)));
    }

    [Fact]
    public async Task The_total_time_ends_a_body_too()
    {
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync("more ");
                await Task.Delay(50);
            }
        }, new PolicyConfig { Timeout = TimeSpan.FromMilliseconds(800), IdleTimeout = TimeSpan.FromSeconds(20) });
        using var client = mesh.Client();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync("/"));
        Assert.Equal(ResponseFlags.UT, (await mesh.EndedAsync()).Flags);
    }

    [Fact]
    public async Task The_faster_of_two_replicas_answers_and_the_other_is_let_go()
    {
        var gone = new TaskCompletionSource();
        await using var mesh = new LiveMesh(new MeshConfig
        {
            Defaults = new PolicyConfig
            {
                LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.RoundRobin },
                Hedge = new HedgeConfig { Delay = TimeSpan.FromMilliseconds(200), Budget = 100 },
            },
        });
        await mesh.AddServiceAsync("api", async context =>
        {
            context.RequestAborted.Register(() => gone.TrySetResult());
            await Task.Delay(TimeSpan.FromSeconds(60), context.RequestAborted);
        });
        await mesh.AddServiceAsync("api", async context => await context.Response.WriteAsync("fast " + await new StreamReader(context.Request.Body).ReadToEndAsync()));
        await mesh.OpenIngressAsync("api");
        using var client = mesh.Client();
        for (int i = 0; i < 4; i++) Assert.Equal("fast body", await (await client.PostAsync("/", new StringContent("body"))).Content.ReadAsStringAsync());
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.InRange(mesh.Count(MeshEventKind.HedgeStarted), 1, 4);
    }

    [Fact]
    public async Task A_copy_has_the_body_and_its_answer_is_nobodys()
    {
        var copies = new ConcurrentQueue<(string Host, string Body)>();
        await using var mesh = new LiveMesh(new MeshConfig { Services = new Dictionary<string, PolicyConfig> { ["api"] = new() { Mirror = new MirrorConfig { To = "shadow" } } } });
        await mesh.AddServiceAsync("api", context => context.Response.WriteAsync("real"));
        await mesh.AddServiceAsync("shadow", async context =>
        {
            copies.Enqueue((context.Request.Host.Value!, await new StreamReader(context.Request.Body).ReadToEndAsync()));
            context.Response.StatusCode = 500;
            await context.Response.WriteAsync(new string('x', 1_000_000));
        });
        await mesh.OpenIngressAsync(null);
        using var client = mesh.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Headers = { Host = "api" }, Content = new StringContent("the body") };
        Assert.Equal("real", await (await client.SendAsync(request)).Content.ReadAsStringAsync());
        await LiveMesh.Until(() => !copies.IsEmpty);
        Assert.Equal(("api-shadow", "the body"), copies.Single());
        await LiveMesh.Until(() => mesh.Count(MeshEventKind.AttemptEnded) == 2);
        Assert.Equal(1, mesh.Count(MeshEventKind.RequestEnded));
    }

    [Fact]
    public async Task An_endpoint_that_fails_is_ejected_and_comes_back()
    {
        bool ill = true;
        await using var mesh = new LiveMesh(new MeshConfig
        {
            Defaults = new PolicyConfig
            {
                LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.RoundRobin },
                OutlierDetection = new OutlierDetectionConfig { Consecutive5xx = 3, MaxEjectionPercent = 0.5, BaseEjectionTime = TimeSpan.FromSeconds(1), Interval = TimeSpan.FromMilliseconds(200) },
            },
        });
        await mesh.AddServiceAsync("api", context =>
        {
            context.Response.StatusCode = ill ? 500 : 200;
            return context.Response.WriteAsync("first");
        });
        await mesh.AddServiceAsync("api", context => context.Response.WriteAsync("second"));
        await mesh.OpenIngressAsync("api");
        using var client = mesh.Client();
        while (mesh.Count(MeshEventKind.EndpointEjected) == 0) await client.GetAsync("/");
        ill = false;
        await LiveMesh.Until(() => client.GetStringAsync("/").Result == "first");
        Assert.InRange(mesh.Count(MeshEventKind.EndpointReadmitted), 1, 10);
    }

    [Fact]
    public async Task An_open_breaker_answers_without_the_service()
    {
        int calls = 0;
        await using var mesh = await LiveMesh.StartAsync(context =>
        {
            Interlocked.Increment(ref calls);
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        }, new PolicyConfig { CircuitBreaker = new CircuitBreakerConfig { MinThroughput = 5, OpenFor = TimeSpan.FromSeconds(60) } });
        using var client = mesh.Client();
        for (int i = 0; i < 5; i++) await client.GetAsync("/");
        var refused = await client.GetAsync("/");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "CO", 5), (refused.StatusCode, refused.Headers.GetValues("x-meshlab-flags").Single(), calls));
        Assert.Equal("the circuit breaker is open", await refused.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task One_request_too_many_overflows()
    {
        var go = new TaskCompletionSource();
        await using var mesh = await LiveMesh.StartAsync(_ => go.Task, new PolicyConfig { Limits = new LimitsConfig { MaxRequests = 2 } });
        using var client = mesh.Client();
        Task<HttpResponseMessage>[] two = [client.GetAsync("/"), client.GetAsync("/")];
        await LiveMesh.Until(() => mesh.Count(MeshEventKind.InboundStarted) == 2);
        var third = await client.GetAsync("/");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "UO"), (third.StatusCode, third.Headers.GetValues("x-meshlab-flags").Single()));
        go.SetResult();
        Assert.All(await Task.WhenAll(two), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
    }

    [Fact]
    public async Task Requests_wait_for_a_connection_at_the_cap()
    {
        await using var mesh = await LiveMesh.StartAsync(async context =>
        {
            await Task.Delay(30);
            await context.Response.WriteAsync(context.Connection.Id);
        }, new PolicyConfig { Limits = new LimitsConfig { MaxConnections = 2 } });
        using var client = mesh.Client();
        string[] connections = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetStringAsync("/")));
        Assert.InRange(mesh.Count(MeshEventKind.ConnectionOpened), 1, 2);
        Assert.InRange(connections.Distinct().Count(), 1, 2);
    }

    [Fact]
    public async Task A_rate_limit_answers_429_and_is_not_retried()
    {
        await using var mesh = await LiveMesh.StartAsync(_ => Task.CompletedTask, new PolicyConfig
        {
            RateLimit = new RateLimitConfig { Bucket = new TokenBucketConfig { Rate = 0.001, Burst = 2 } },
            Retries = new RetryConfig { On = RetryOn.ServerError | RetryOn.StatusCodes, StatusCodes = [429] },
        });
        using var client = mesh.Client();
        var answers = new List<HttpResponseMessage>();
        for (int i = 0; i < 3; i++) answers.Add(await client.GetAsync("/"));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], answers.Select(answer => answer.StatusCode));
        Assert.Equal("local_rate_limited", await answers[2].Content.ReadAsStringAsync());
        Assert.Equal(3, mesh.Count(MeshEventKind.AttemptStarted));
    }

    [Fact]
    public async Task Routes_rewrite_redirect_answer_and_edit()
    {
        var policy = new PolicyConfig
        {
            Routes =
            [
                new RouteConfig { Match = [new RouteMatchConfig { Path = new PathMatch(PathMatchKind.Prefix, "/old") }], Redirect = new RedirectConfig { Status = 301, Prefix = "/new" } },
                new RouteConfig { Match = [new RouteMatchConfig { Path = new PathMatch(PathMatchKind.Exact, "/health") }], DirectResponse = new DirectResponseConfig { Status = 204 } },
                new RouteConfig
                {
                    Name = "v2",
                    Match = [new RouteMatchConfig { Path = new PathMatch(PathMatchKind.Prefix, "/v2"), Headers = [new("x-beta", new TextMatch(TextMatchKind.Exact, "yes"))] }],
                    Rewrite = new RewriteConfig { Prefix = "/", Authority = "inner" },
                    RequestHeaders = new HeaderEditsConfig { Set = [new("x-set", "1")], Remove = ["x-drop"] },
                    ResponseHeaders = new HeaderEditsConfig { Set = [new("x-from", "mesh")], Remove = ["x-secret"] },
                },
            ],
        };
        await using var mesh = await LiveMesh.StartAsync(context =>
        {
            context.Response.Headers["x-secret"] = "s";
            var request = context.Request;
            return context.Response.WriteAsync($"{request.Host} {request.Path}{request.QueryString} {request.Headers["x-set"]} {request.Headers["x-drop"]}");
        }, policy);
        using var client = mesh.Client();
        var redirect = await client.GetAsync("/old/a?b=1");
        Assert.Equal((HttpStatusCode.MovedPermanently, $"http://{mesh.Ingress.Authority}/new/a?b=1"), (redirect.StatusCode, redirect.Headers.Location!.ToString()));
        Assert.Equal(HttpStatusCode.NoContent, (await client.GetAsync("/health")).StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/cart?full=1%2F") { Headers = { { "x-beta", "yes" }, { "x-drop", "d" } } };
        var rewritten = await client.SendAsync(request);
        Assert.Equal("inner /cart?full=1%2F 1 ", await rewritten.Content.ReadAsStringAsync());
        Assert.Equal("mesh", rewritten.Headers.GetValues("x-from").Single());
        Assert.False(rewritten.Headers.Contains("x-secret"));
        Assert.Equal($"{mesh.Ingress.Authority} /v2/cart  ", await client.GetStringAsync("/v2/cart"));
    }

    [Fact]
    public async Task A_deadline_travels_over_three_hops()
    {
        var seen = new ConcurrentDictionary<string, long>();
        await using var mesh = new LiveMesh(new MeshConfig { Defaults = new PolicyConfig { Timeout = TimeSpan.FromSeconds(30), DeadlinePropagation = true } });
        var handlers = new Dictionary<string, Uri>();
        RequestDelegate Hop(string name, string? next) => async context =>
        {
            seen[name] = long.Parse(context.Request.Headers["x-envoy-expected-rq-timeout-ms"]!);
            await Task.Delay(200);
            if (next is null) return;
            using var client = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Get, handlers[name]);
            request.Headers.Add("x-envoy-expected-rq-timeout-ms", context.Request.Headers["x-envoy-expected-rq-timeout-ms"].ToString());
            context.Response.StatusCode = (int)(await client.SendAsync(request)).StatusCode;
        };
        foreach (var (name, next) in new[] { ("a", "b"), ("b", "c"), ("c", null) })
        {
            var application = await mesh.AddApplicationAsync(Hop(name, next));
            Runtime.Sidecar.OutboundConfig[] outbound = next is null ? [] : [new() { Listen = new IPEndPoint(IPAddress.Loopback, 0), Service = next }];
            var sidecar = await mesh.AddServiceAsync(name, application, "", outbound);
            if (next is not null) handlers[name] = new Uri($"http://{sidecar.OutboundAddresses[0]}");
        }
        await mesh.OpenIngressAsync("a");
        using var client = mesh.Client();
        client.DefaultRequestHeaders.Add("x-envoy-expected-rq-timeout-ms", "20000");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/")).StatusCode);
        Assert.InRange(seen["a"], 1, 20_000);
        Assert.InRange(seen["b"], 1, seen["a"]);
        Assert.InRange(seen["c"], 1, seen["b"]);
    }

    [Fact]
    public async Task The_own_zone_is_preferred_while_it_can_serve()
    {
        await using var mesh = new LiveMesh(new MeshConfig
        {
            Defaults = new PolicyConfig
            {
                Locality = new LocalityConfig { Failover = new Dictionary<string, IReadOnlyList<string>> { [LocalityConfig.AnyZone] = [] } },
                OutlierDetection = new OutlierDetectionConfig { Consecutive5xx = 1, MaxEjectionPercent = 1, BaseEjectionTime = TimeSpan.FromSeconds(60) },
            },
        }, config => config with { Zone = config.Name == "ingress" ? "a" : config.Zone });
        bool ill = false;
        foreach (string zone in new[] { "a", "b" })
        {
            await mesh.AddServiceAsync("api", await mesh.AddApplicationAsync(context =>
            {
                if (ill && zone == "a") context.Response.StatusCode = 500;
                return context.Response.WriteAsync(zone);
            }), zone);
        }
        await mesh.OpenIngressAsync("api");
        using var client = mesh.Client();
        for (int i = 0; i < 10; i++) Assert.Equal("a", await client.GetStringAsync("/"));
        ill = true;
        await client.GetAsync("/");
        for (int i = 0; i < 10; i++) Assert.Equal("b", await client.GetStringAsync("/"));
    }
}
