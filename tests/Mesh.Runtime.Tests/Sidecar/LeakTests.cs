using System.Collections.Concurrent;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>After rough traffic everything is as it was: nothing in flight, no connection held, no class more. Alone: exceptions that nobody saw are the whole process's.</summary>
[Collection(nameof(Alone))]
public class LeakTests
{
    [Fact]
    public async Task Rough_traffic_leaves_nothing_behind()
    {
        Collect();
        var unobserved = new ConcurrentQueue<string>();
        void Note(object? sender, UnobservedTaskExceptionEventArgs e) => unobserved.Enqueue(e.Exception.ToString());
        TaskScheduler.UnobservedTaskException += Note;
        var mesh = await LiveMesh.StartAsync(MisbehaveAsync, new PolicyConfig
        {
            Timeout = TimeSpan.FromSeconds(2),
            PerTryTimeout = TimeSpan.FromMilliseconds(600),
            IdleTimeout = TimeSpan.FromMilliseconds(600),
            Retries = new RetryConfig { Attempts = 2, On = RetryOn.ServerError | RetryOn.Reset },
            Hedge = new HedgeConfig { Delay = TimeSpan.FromMilliseconds(150), Budget = 100 },
            Limits = new LimitsConfig { MaxConnections = 40, MaxRequests = 100 },
        }, replicas: 3);
        int classes = mesh.Node.Directory.Classes.Count;
        using (var client = mesh.Client())
        {
            var random = new Random(7);
            int[] seeds = [.. Enumerable.Range(0, 32).Select(_ => random.Next())];
            await Task.WhenAll(seeds.Select(seed => CallAsync(client, seed, 60)));
        }
        var service = mesh.Proxies[^1].Outbound.Service(mesh.Node.Directory.FindService("api"))!;
        await LiveMesh.Until(() => service.Limits.Requests == 0 && service.Limits.Pending == 0);
        await LiveMesh.Until(() => Enumerable.Range(0, 3).All(id => service.Endpoints.GetOrAdd(id).InFlight == 0));
        await LiveMesh.Until(() => mesh.Count(MeshEventKind.AttemptStarted) == mesh.Count(MeshEventKind.AttemptEnded));
        await LiveMesh.Until(() => mesh.Count(MeshEventKind.RequestStarted) == mesh.Count(MeshEventKind.RequestEnded));
        await LiveMesh.Until(() => mesh.Count(MeshEventKind.InboundStarted) == mesh.Count(MeshEventKind.InboundEnded));
        Assert.InRange(mesh.Count(MeshEventKind.RequestEnded), 1000, 32 * 60);
        Assert.InRange(mesh.Node.Directory.Classes.Count - classes, 0, 1);   // paths were all different; one class stands for them

        int[] ports = [mesh.Ingress.Port, .. mesh.Proxies.Where(proxy => proxy.InboundAddress is not null).Select(proxy => proxy.InboundAddress!.Port)];
        await mesh.DisposeAsync();
        await LiveMesh.Until(() => !Open(ports).Any());
        Collect();
        TaskScheduler.UnobservedTaskException -= Note;
        Assert.Empty(unobserved);
    }

    private static void Collect()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private static IEnumerable<TcpConnectionInformation> Open(int[] ports) => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
        .Where(connection => connection.State is TcpState.Established or TcpState.CloseWait && (ports.Contains(connection.LocalEndPoint.Port) || ports.Contains(connection.RemoteEndPoint.Port)));

    private static async Task CallAsync(HttpClient client, int seed, int calls)
    {
        var random = new Random(seed);
        for (int i = 0; i < calls; i++)
        {
            using var patience = new CancellationTokenSource(random.Next(4) == 0 ? random.Next(1, 100) : 20_000);
            using var request = new HttpRequestMessage(random.Next(2) == 0 ? HttpMethod.Get : HttpMethod.Put, $"/{random.Next()}/{random.Next()}?what={random.Next(8)}");
            if (request.Method == HttpMethod.Put) request.Content = new ByteArrayContent(new byte[random.Next(4) == 0 ? 300_000 : 500]);
            try
            {
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
                if (random.Next(5) == 0) continue;   // lets go of the body
                await response.Content.CopyToAsync(Stream.Null, patience.Token);
            }
            catch (Exception error) when (error is HttpRequestException or OperationCanceledException or IOException or SocketException)
            {
                // as it is meant
            }
        }
    }

    private static async Task MisbehaveAsync(HttpContext context)
    {
        switch (context.Request.Query["what"].ToString())
        {
            case "0":
                context.Abort();
                return;
            case "1":
                context.Response.StatusCode = 503;
                return;
            case "2":
                await Task.Delay(300, context.RequestAborted);
                break;
            case "3":
                await context.Response.WriteAsync(new string('x', 50_000));
                context.Abort();
                return;
            case "4":
                await context.Response.WriteAsync("slow");
                await Task.Delay(300, context.RequestAborted);
                break;
            case "5":
                await context.Request.Body.CopyToAsync(Stream.Null);
                break;
        }
        await context.Response.WriteAsync(new string('y', 20_000));
    }
}
