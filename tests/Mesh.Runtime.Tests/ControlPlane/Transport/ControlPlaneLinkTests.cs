using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.Model;
using Mesh.Runtime.Tests.Sidecar;
using Mesh.Runtime.Tests.Sidecar.Tcp;
using Microsoft.AspNetCore.Http;

namespace Mesh.Runtime.Tests.ControlPlane.Transport;

/// <summary>Control plane and sidecars over real sockets.</summary>
public class ControlPlaneLinkTests
{
    private static readonly FaultConfig Teapot = new() { Name = "teapot", Abort = new FaultAbort { Status = 418 } };

    private static Task Until(Func<bool> fact) => LiveMesh.Until(fact);

    private static async Task<int> StatusAfterTeapotsAsync(TestSidecar caller)
    {
        while (true)
            if (await caller.CallAsync("cart") is not 418 and var status) return status;
    }

    private static MeshConfig Timeout(string service, double seconds) =>
        new() { Services = new Dictionary<string, PolicyConfig> { [service] = new() { Timeout = TimeSpan.FromSeconds(seconds) } } };

    [Fact]
    public async Task Change_reaches_the_proxy_is_in_force_there_and_acknowledged()
    {
        await using var plane = await TestControlPlane.StartAsync();
        plane.Observe("cart", 8001, 8002);
        await using var sidecar = await TestSidecar.StartAsync(plane, "web-1", "web");
        await Until(() => sidecar.PortsOf("cart") is [8001, 8002]);
        await Until(() => plane.Proxies["web-1"].InForce == sidecar.Status.Version);
        var before = sidecar.Knows("cart")!;

        plane.Configure(Timeout("cart", 7));
        await Until(() => sidecar.Knows("cart")!.Policy.Config.Timeout == TimeSpan.FromSeconds(7));
        Assert.Same(before.Endpoints, sidecar.Knows("cart")!.Endpoints);   // only the policy came

        plane.Observe("cart", 8002, 8003);
        await Until(() => sidecar.PortsOf("cart") is [8002, 8003]);
        Assert.Equal(before.Endpoints[1].Id, sidecar.Knows("cart")!.Endpoints[0].Id);   // the same address, the same id
        await Until(() => plane.Proxies["web-1"] is { BehindSince: 0, IsConnected: true } proxy && proxy.InForce == sidecar.Status.Version);
        Assert.Equal(AgentConnection.Connected, sidecar.Status.State);
    }

    [Fact]
    public async Task Change_to_a_service_touches_no_proxy_that_does_not_use_it()
    {
        await using var plane = await TestControlPlane.StartAsync();
        plane.Observe("cart", 8001);
        plane.Observe("stock", 8002);
        await using var cart = await TestSidecar.StartAsync(plane, "web-1", "web", ["cart"]);
        await using var stock = await TestSidecar.StartAsync(plane, "shop-1", "shop", ["stock"]);
        await Until(() => cart.PortsOf("cart") is [8001] && stock.PortsOf("stock") is [8002]);
        long known = stock.Status.Version;
        plane.Observe("cart", 8003);
        await Until(() => cart.PortsOf("cart") is [8003]);
        plane.Observe("stock", 8004);
        await Until(() => stock.PortsOf("stock") is [8004]);
        Assert.Equal(2, stock.Applied.Count);
        Assert.True(stock.Status.Version > known);
        Assert.Null(stock.Knows("cart"));
    }

    [Fact]
    public async Task Version_that_cannot_be_worked_by_is_rejected_with_why_and_the_last_good_one_stays()
    {
        await using var plane = await TestControlPlane.StartAsync();
        plane.Observe("cart", 8001);
        await using var sidecar = await TestSidecar.StartAsync(plane, "web-1", "web");
        await Until(() => sidecar.PortsOf("cart") is [8001]);
        long good = sidecar.Status.Version;

        await plane.InjectAsync("odd", Teapot with { Delay = new OddDelay() }, "cart", TimeSpan.FromMinutes(10));
        await Until(() => plane.Proxies["web-1"].Rejected is not null);
        Assert.Contains("service 'cart': what came does not read: the delay does not read: nobody knows such a delay", plane.Proxies["web-1"].Rejected);
        Assert.Equal((good, good), (sidecar.Status.Version, plane.Proxies["web-1"].InForce));

        plane.Actor.Tell(new EndFault("odd", "enough"), Akka.Actor.ActorRefs.NoSender);
        plane.Configure(Timeout("cart", 7));
        await Until(() => sidecar.Knows("cart")!.Policy.Config.Timeout == TimeSpan.FromSeconds(7));
        Assert.Null(sidecar.Status.Rejected);
    }

    [Fact]
    public async Task Traffic_goes_on_while_the_control_plane_is_dead_and_its_next_life_is_listened_to()
    {
        await using var mesh = new LiveMesh();
        var application = await mesh.AddApplicationAsync(context => context.Response.WriteAsync("hello"));
        await using var plane = await TestControlPlane.StartAsync(plane => plane.SettleTime = TimeSpan.FromSeconds(3));
        await using var cart = await TestSidecar.StartAsync(plane, "cart-1", "cart", [], application);
        await using var web = await TestSidecar.StartAsync(plane, "web-1", "web", ["cart"]);
        await Until(() => web.PortsOf("cart").Length == 1);
        long first = web.Status.Version;

        using var over = new CancellationTokenSource();
        var statuses = TrafficAsync(web, over.Token);
        await plane.KillAsync();
        await Until(() => web.Status.State == AgentConnection.Stale && cart.Status.State == AgentConnection.Stale);
        await Task.Delay(500);
        Assert.Contains(web.Said, said => said.Contains("serves on with version"));
        await plane.StartAsync();
        await Until(() => web.Status.State == AgentConnection.Connected && cart.Status.State == AgentConnection.Connected);
        await Until(() => web.Status.Version > first);
        Assert.Single(web.PortsOf("cart"));
        await over.CancelAsync();
        var seen = await statuses;
        Assert.True(seen.Count > 10);
        Assert.All(seen, status => Assert.Equal(200, status));
        Assert.InRange(web.Status.Losses, 1, 5);
    }

    [Fact]
    public async Task Versions_of_two_lives_never_mean_two_things()
    {
        await using var plane = await TestControlPlane.StartAsync();
        plane.Observe("cart", 8001);
        await using var sidecar = await TestSidecar.StartAsync(plane, "web-1", "web");
        await Until(() => sidecar.PortsOf("cart") is [8001]);
        for (int life = 1; life <= 3; life++)
        {
            long before = sidecar.Status.Version;
            await plane.KillAsync();
            await plane.StartAsync();
            plane.Observe("cart", 8001 + life);
            await Until(() => sidecar.PortsOf("cart") is [var port] && port == 8001 + life);
            Assert.True(sidecar.Status.Version > before);
        }
        Assert.Equal(sidecar.Applied.Order(), sidecar.Applied);
        Assert.Equal(sidecar.Applied.Distinct(), sidecar.Applied);
    }

    [Fact]
    public async Task Sidecars_tell_others_where_they_are_and_take_leave()
    {
        await using var mesh = new LiveMesh();
        var application = await mesh.AddApplicationAsync(context => context.Response.WriteAsync("hello"));
        await using var plane = await TestControlPlane.StartAsync(plane => plane.Shape = options => options with { RegistrationGrace = TimeSpan.FromSeconds(1) });
        await using var web = await TestSidecar.StartAsync(plane, "web-1", "web", ["cart"]);
        await using var one = await TestSidecar.StartAsync(plane, "cart-1", "cart", [], application);
        var two = await TestSidecar.StartAsync(plane, "cart-2", "cart", [], application);
        await Until(() => web.PortsOf("cart").Length == 2);
        Assert.Equal(200, await web.CallAsync("cart"));
        await two.DisposeAsync();
        await Until(() => web.PortsOf("cart") is [var left] && left == one.Proxy.InboundAddress!.Port);
        Assert.Equal(200, await web.CallAsync("cart"));
    }

    [Fact]
    public async Task Fault_is_in_force_until_it_is_ended_and_what_it_did_is_told()
    {
        await using var mesh = new LiveMesh();
        var application = await mesh.AddApplicationAsync(context => context.Response.WriteAsync("hello"));
        await using var plane = await TestControlPlane.StartAsync();
        await using var cart = await TestSidecar.StartAsync(plane, "cart-1", "cart", [], application);
        await using var web = await TestSidecar.StartAsync(plane, "web-1", "web", ["cart"]);
        await Until(() => web.PortsOf("cart").Length == 1);
        Assert.Equal(200, await web.CallAsync("cart"));

        await plane.InjectAsync("one", Teapot, "cart", TimeSpan.FromMinutes(10));
        await plane.InjectAsync("two", Teapot with { Site = FaultSite.Server, Abort = null, Delay = new Runtime.Faults.FixedDelay(TimeSpan.FromMilliseconds(1)) }, "cart", TimeSpan.FromMinutes(10));
        await Until(() => web.Knows("cart")!.Faults.Count == 2 && cart.Knows("cart")!.Faults.Count == 2);
        for (int i = 0; i < 5; i++) Assert.Equal(418, await web.CallAsync("cart"));
        await Until(() => plane.Measured.Where(told => told.Proxy == "web-1").SelectMany(told => told.Faults).Where(fault => fault.Id == "one").Sum(fault => fault.Count.Injected) == 5);

        plane.Actor.Tell(new EndFault("one", "enough"), Akka.Actor.ActorRefs.NoSender);
        await Until(() => web.Knows("cart")!.Faults.Count == 1);
        Assert.Equal(200, await web.CallAsync("cart"));
        await Until(() => plane.Measured.Where(told => told.Proxy == "cart-1").SelectMany(told => told.Faults).Any(fault => fault is { Id: "two", Count: { Eligible: 1, Delayed: 1 } }));
    }

    [Fact]
    public async Task Fault_whose_control_plane_died_ends_with_its_lease()
    {
        await using var mesh = new LiveMesh();
        var application = await mesh.AddApplicationAsync(context => context.Response.WriteAsync("hello"));
        await using var plane = await TestControlPlane.StartAsync();
        await using var cart = await TestSidecar.StartAsync(plane, "cart-1", "cart", [], application);
        await using var web = await TestSidecar.StartAsync(plane, "web-1", "web", ["cart"]);
        await Until(() => web.PortsOf("cart").Length == 1);
        var lease = TimeSpan.FromSeconds(4);
        long began = TimeProvider.System.GetTimestamp();
        await plane.InjectAsync("one", Teapot, "cart", lease);
        await Until(() => web.Knows("cart")!.Faults.Count == 1);
        await plane.KillAsync();
        Assert.Equal(418, await web.CallAsync("cart"));
        Assert.Equal(200, await StatusAfterTeapotsAsync(web).Within());
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= lease - TimeSpan.FromMilliseconds(100));
        Assert.Single(web.Knows("cart")!.Faults);   // nobody took it back
    }

    [Fact]
    public async Task Fault_that_the_next_life_of_the_control_plane_does_not_have_ends_though_the_sidecar_is_told_nothing_else_yet()
    {
        await using var mesh = new LiveMesh();
        var application = await mesh.AddApplicationAsync(context => context.Response.WriteAsync("hello"));
        await using var plane = await TestControlPlane.StartAsync(plane => plane.SettleTime = TimeSpan.FromMinutes(10));
        await using var cart = await TestSidecar.StartAsync(plane, "cart-1", "cart", [], application);
        await using var web = await TestSidecar.StartAsync(plane, "web-1", "web", ["cart"]);
        await Until(() => web.PortsOf("cart").Length == 1);
        await plane.InjectAsync("one", Teapot, "cart", TimeSpan.FromMinutes(10));
        await Until(() => web.Knows("cart")!.Faults.Count == 1);
        long version = web.Status.Version;
        await plane.KillAsync();
        Assert.Equal(418, await web.CallAsync("cart"));

        await plane.StartAsync();
        Assert.Equal(200, await StatusAfterTeapotsAsync(web).Within());
        Assert.Equal((AgentConnection.Connected, version), (web.Status.State, web.Status.Version));
    }

    [Fact]
    public async Task Proxy_that_does_not_read_delays_nobody()
    {
        await using var plane = await TestControlPlane.StartAsync();
        plane.Observe("cart", 8001);
        using var slow = new SilentProxy(plane.Address, "slow-1");
        await slow.SayHelloAsync();
        await using var web = await TestSidecar.StartAsync(plane, "web-1", "web");
        await Until(() => plane.Proxies.ContainsKey("slow-1") && web.PortsOf("cart") is [8001]);
        for (int i = 0; i < 50; i++)
        {
            plane.Observe("cart", [.. Enumerable.Range(9_000, 2_000 + i).Select(port => plane.Endpoint("cart", port))]);
            await Until(() => web.PortsOf("cart").Length == 2_000 + i);
        }
        Assert.Equal(0, plane.Proxies["slow-1"].InForce);
    }

    [Fact]
    public async Task Proxy_that_has_gone_silent_is_taken_for_dead()
    {
        await using var plane = await TestControlPlane.StartAsync(plane => plane.Shape = options => options with { Beat = TimeSpan.FromMilliseconds(200) });
        using var silent = new SilentProxy(plane.Address, "slow-1");
        await silent.SayHelloAsync();
        await Until(() => plane.Proxies.TryGetValue("slow-1", out var proxy) && proxy.IsConnected);
        await Until(() => !plane.Proxies["slow-1"].IsConnected);
    }

    [Fact]
    public async Task Hello_that_breaks_the_rules_is_refused_with_why()
    {
        await using var plane = await TestControlPlane.StartAsync(plane => plane.Shape = options => options with { MaxProxies = 1, MaxServices = 3 });
        await using var sidecar = await TestSidecar.StartAsync(plane, "", "web");
        await Until(() => sidecar.Status.Reason.Contains("its name is empty"));
        await using var many = await TestSidecar.StartAsync(plane, "web-1", "web", ["a", "b", "c"]);
        await Until(() => many.Status.Reason.Contains("services that nobody knows"));
        await using var one = await TestSidecar.StartAsync(plane, "web-2", "web");
        await Until(() => one.Status.State == AgentConnection.Connected);
        await using var two = await TestSidecar.StartAsync(plane, "web-3", "web");
        await Until(() => two.Status.Reason.Contains("1 proxies are connected"));
    }

    [Fact]
    public void Plain_text_does_not_leave_the_machine()
    {
        Assert.Contains("not on this machine", Assert.Throws<ArgumentException>(() => new Runtime.ControlPlane.Transport.ControlPlaneWay(new EndpointAddress("10.0.0.1", 15012), null, TimeProvider.System)).Message);
    }

    /// <summary>A delay of a control plane that is newer than its proxies.</summary>
    private sealed class OddDelay : Runtime.Faults.IFaultDelay
    {
        static OddDelay() => Runtime.Faults.FaultDelays.Register<OddDelay>("odd", _ => "odd", _ => throw new FormatException("nobody knows such a delay"));

        public double Mean => 0;

        public long SampleTicks(ulong bits) => 0;
    }

    private static async Task<List<int>> TrafficAsync(TestSidecar from, CancellationToken over)
    {
        var statuses = new List<int>();
        while (!over.IsCancellationRequested)
        {
            statuses.Add(await from.CallAsync("cart"));
            await Task.Delay(5);
        }
        return statuses;
    }
}
