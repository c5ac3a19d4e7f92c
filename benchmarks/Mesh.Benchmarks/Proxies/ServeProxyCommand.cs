using System.CommandLine;
using System.Net;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Certificates;
using Mesh.Runtime.Model;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Security.Identities;
using Mesh.Runtime.Sidecar;
using Mesh.Runtime.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;
using Endpoint = Mesh.Runtime.Model.Endpoint;

namespace Mesh.Benchmarks.Proxies;

/// <summary><c>serve-proxy</c>: one of the contestants that are .NET, in a process of its own until its standard input ends; each line there is answered with the bytes allocated so far.</summary>
internal static class ServeProxyCommand
{
    public const string Yarp = "yarp";
    public const string Sidecar = "sidecar";
    public const string Telemetry = "sidecar-telemetry";
    public const string Traces = "sidecar-traces";
    public const string MutualTls = "sidecar-mtls";

    public static Command Create()
    {
        var what = new Argument<string>("what");
        var port = new Argument<int>("port");
        var upstream = new Argument<int>("upstream");
        var secure = new Argument<int>("secure") { DefaultValueFactory = _ => 0 };
        var authority = new Argument<string>("authority") { DefaultValueFactory = _ => "" };
        var command = new Command("serve-proxy", "A contestant of 'proxies'.") { what, port, upstream, secure, authority };
        command.Hidden = true;
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(what)!, parsed.GetValue(port), parsed.GetValue(upstream), parsed.GetValue(secure), parsed.GetValue(authority)!));
        return command;
    }

    private static async Task RunAsync(string what, int port, int upstream, int secure, string authority)
    {
        await using var identity = what == MutualTls ? await IdentityAsync(authority) : null;
        await using var proxy = what == Yarp ? await YarpAsync(port, upstream) : await SidecarAsync(port, what == MutualTls ? secure : upstream, TelemetryOf(what, upstream), identity);
        while (await Console.In.ReadLineAsync() is not null) Console.WriteLine(GC.GetTotalAllocatedBytes(precise: false));
    }

    /// <summary>YARP's forwarder and nothing else.</summary>
    private static async Task<IAsyncDisposable> YarpAsync(int port, int upstream)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddHttpForwarder();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        var client = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null });
        string destination = $"http://127.0.0.1:{upstream}";
        var config = new ForwarderRequestConfig { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        app.Run(async context => await forwarder.SendAsync(context, destination, client, config, HttpTransformer.Empty));
        await app.StartAsync();
        return app;
    }

    private static TelemetryConfig TelemetryOf(string what, int upstream) => what == Sidecar ? new TelemetryConfig { Metrics = null } : new TelemetryConfig
    {
        AccessLogs = [new AccessLogConfig { Sink = new LogFileConfig { Path = "/dev/null" } }],
        Tracing = what == Telemetry ? null : new TracingConfig { SamplingPercent = 100, Otlp = new OtlpConfig { Endpoint = new Uri($"http://127.0.0.1:{upstream}/v1/traces"), Transport = OtlpTransport.HttpProtobuf } },
    };

    private static async Task<WorkloadIdentity> IdentityAsync(string authority)
    {
        var identity = new WorkloadIdentity(new LocalIssuer(UpstreamCertificate.Authority(authority), SpiffeId.Parse("spiffe://cluster.local/ns/default/sa/ingress")), TimeProvider.System, new KeyedRandom(1));
        identity.Start();
        await identity.Ready;
        return identity;
    }

    /// <summary>One sidecar on its caller's side, with deadlines, retries and outlier detection; the upstream has none.</summary>
    private static async Task<IAsyncDisposable> SidecarAsync(int port, int upstream, TelemetryConfig telemetry, WorkloadIdentity? identity)
    {
        var node = new LiveNode(new LiveNodeOptions { Seed = 1, Telemetry = telemetry });
        var endpoint = node.Directory.AddEndpoint(id => new Endpoint
        {
            Id = id, Name = "server-0", Service = "server", Address = new EndpointAddress("127.0.0.1", upstream), Identity = identity is null ? "" : UpstreamCertificate.Identity,
        });
        int service = node.Directory.AddService("server");
        var proxy = node.Add(new LiveProxyConfig { Name = "ingress", Service = "ingress", Outbound = [new OutboundConfig { Listen = new IPEndPoint(IPAddress.Loopback, port), Service = "server" }] }, identity);
        await proxy.StartAsync(CancellationToken.None);
        var policy = new PolicyConfig
        {
            Timeout = TimeSpan.FromSeconds(15), PerTryTimeout = TimeSpan.FromSeconds(5), Retries = new RetryConfig(), OutlierDetection = new OutlierDetectionConfig(), Limits = new LimitsConfig { MaxRequests = 10_000 },
        };
        var reconciler = new Reconciler(new MeshConfig { Defaults = policy });
        reconciler.Observe([new ServiceEndpoints(service, "server", [endpoint])]);
        proxy.Agent.Receive(reconciler.SnapshotFor(Subscription.All));
        return node;
    }
}
