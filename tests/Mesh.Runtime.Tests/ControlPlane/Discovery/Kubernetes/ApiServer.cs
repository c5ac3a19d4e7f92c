using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Kubernetes;

/// <summary>
/// Stands in for a Kubernetes API server, of which there is none here: it plays a script, one step a request, over real sockets. Its answers are written after those of a real one
/// (bookmarks, 410 Gone, pages); what a cluster does beyond them is not tested.
/// </summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _script = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly WebApplication _application;

    private ApiServer(WebApplication application) => _application = application;

    public Uri Address => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The requests so far: <c>list</c> or <c>watch</c>, and the resource version or page asked for.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>What the last request was authorized by.</summary>
    public string Authorization { get; private set; } = "";

    public static async Task<ApiServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        var server = new ApiServer(application);
        application.Run(server.AnswerAsync);
        await application.StartAsync();
        return server;
    }

    public ApiServer List(string body) => Then(context =>
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    });

    public ApiServer Status(int status, string body = "") => Then(context =>
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(body);
    });

    /// <summary>A watch that tells these lines and ends in good order.</summary>
    public ApiServer Watch(params string[] lines) => Then(context => Write(context, lines));

    /// <summary>A watch that tells these lines and then nothing.</summary>
    public ApiServer WatchAndHold(params string[] lines) => Then(async context =>
    {
        await Write(context, lines);
        await Hold(context);
    });

    /// <summary>A watch whose connection is reset after these lines.</summary>
    public ApiServer WatchAndReset(params string[] lines) => Then(async context =>
    {
        await Write(context, lines);
        await Task.Delay(100);
        context.Abort();
    });

    /// <summary>A watch that tells its lines in small pieces.</summary>
    public ApiServer WatchSlowly(int pieces, params string[] lines) => Then(async context =>
    {
        string all = string.Concat(lines);
        foreach (var piece in all.Chunk(Math.Max(1, all.Length / pieces)))
        {
            await Write(context, [new string(piece)]);
            await Task.Delay(10);
        }
        await Hold(context);
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _application.DisposeAsync();
    }

    private ApiServer Then(Func<HttpContext, Task> step)
    {
        _script.Enqueue(step);
        return this;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var query = context.Request.Query;
        Authorization = context.Request.Headers.Authorization.ToString();
        _requests.Enqueue(query["watch"] == "true" ? $"watch {query["resourceVersion"]}" : $"list{(query["continue"].Count > 0 ? $" {query["continue"]}" : "")}");
        if (context.Request.Path != "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices") context.Response.StatusCode = 404;
        else if (_script.TryDequeue(out var step)) await step(context);
        else await Hold(context);   // the script is over
    }

    private static async Task Write(HttpContext context, string[] lines)
    {
        if (!context.Response.HasStarted) context.Response.ContentType = "application/json;stream=watch";
        await context.Response.Body.FlushAsync();
        foreach (string line in lines)
        {
            await context.Response.WriteAsync(line);
            await context.Response.Body.FlushAsync();
        }
    }

    private async Task Hold(HttpContext context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, context.RequestAborted);
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
