using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Tests.Sidecar.Tcp;
using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Tests.Sidecar;

/// <summary>Active health checks from one sidecar through another to its application.</summary>
public sealed class LiveHealthTests
{
    [Fact]
    public async Task Sidecars_find_out_who_is_ill_and_spare_it_until_it_is_well()
    {
        bool ill = true;
        var policy = new PolicyConfig
        {
            HealthCheck = new HealthCheckConfig { Path = "/ready", Interval = TimeSpan.FromMilliseconds(100), NoTrafficInterval = TimeSpan.FromMilliseconds(100), HealthyThreshold = 1, Timeout = TimeSpan.FromSeconds(10) },
            LoadBalancer = new LoadBalancerConfig { Algorithm = LoadBalancerAlgorithm.RoundRobin },
            PanicThreshold = 0,
        };
        await using var mesh = new LiveMesh(new MeshConfig { Defaults = policy });
        await mesh.AddServiceAsync("api", context => context.Response.WriteAsync("well"));
        await mesh.AddServiceAsync("api", context =>
        {
            if (context.Request.Path == "/ready" && Volatile.Read(ref ill)) context.Response.StatusCode = 503;
            return context.Response.WriteAsync("ill");
        });
        var ingress = await mesh.OpenIngressAsync("api");
        await Wait.Until(() => mesh.Events.Any(e => e is { Kind: MeshEventKind.HealthChanged, Endpoint: 1, Outcome: 0 } && e.Proxy == ingress.Id), "nobody noticed");

        using var client = new HttpClient();
        for (int i = 0; i < 6; i++) Assert.Equal("well", await client.GetStringAsync(mesh.Ingress));
        Volatile.Write(ref ill, false);
        await Wait.Until(() => mesh.Events.Any(e => e is { Kind: MeshEventKind.HealthChanged, Endpoint: 1, Outcome: 1 } && e.Proxy == ingress.Id), "it is never trusted again");
        var answers = new HashSet<string>();
        for (int i = 0; i < 6; i++) answers.Add(await client.GetStringAsync(mesh.Ingress));
        Assert.Equal(2, answers.Count);
    }
}
