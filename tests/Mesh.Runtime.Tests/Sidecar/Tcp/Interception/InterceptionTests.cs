using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Randomness;
using Mesh.Runtime.Sidecar.Tcp;
using Mesh.Runtime.Sidecar.Tcp.Interception;
using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Sidecar.Tcp.Interception;

/// <summary>
/// Interception by the rules that MeshLab prints, in a network namespace: the test outside makes it, and runs the one inside with the sidecar, as this assembly's own tests in a process of its own.
/// </summary>
public sealed class InterceptionTests
{
    private const string Mode = "MESHLAB_TEST_NAMESPACE";
    private const int Mark = 0x4D4C;
    private const int StrangerUid = 65534;   // nobody

    [SkippableTheory]
    [InlineData("mark")]
    [InlineData("uid")]
    public async Task Connections_that_know_nothing_of_the_sidecar_pass_through_it(string spared)
    {
        string? why = NetworkNamespace.WhyNot();
        Skip.If(why is not null, why);
        using var space = new NetworkNamespace(spared == "mark" ? 0 : 1);
        await using TcpServer known = Hello("known"), stranger = Hello("stranger"), knownWeb = InterceptedHttp.Server("known"), strangerWeb = InterceptedHttp.Server("stranger");
        var config = new InterceptionConfig { Mark = spared == "mark" ? Mark : 0, Uid = spared == "uid" ? 0 : null };
        string script = Path.GetTempFileName();
        await File.WriteAllTextAsync(script, InterceptionRules.Apply(config));
        var applied = space.RunInside("sh", "-e", script);
        Assert.True(applied.Code == 0, applied.Output);

        using var inside = space.StartInside(
            new Dictionary<string, string> { [Mode] = $"{spared} {space.Outside} {known.Port} {stranger.Port} {space.Inside} {knownWeb.Port} {strangerWeb.Port}", ["DOTNET_ROLL_FORWARD"] = "LatestMajor" },
            Environment.ProcessPath!, "test", typeof(InterceptionTests).Assembly.Location, "--filter", $"FullyQualifiedName~{nameof(Inside_the_namespace)}");
        var output = inside.StandardOutput.ReadToEndAsync();
        var error = inside.StandardError.ReadToEndAsync();
        // From outside to the application inside: it is reached through the sidecar's inbound listener.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));   // a test run of its own on a machine full of builds
        while (!inside.HasExited && !TryTalk(space.Inside)) await Task.Delay(50, patience.Token);
        await inside.WaitForExitAsync(patience.Token);
        Assert.True(inside.ExitCode == 0, await output + await error);
        Assert.Contains("Passed!", await output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(script, InterceptionRules.Remove(config));
        Assert.Equal(0, space.RunInside("sh", "-e", script).Code);
        Assert.DoesNotContain("MESHLAB", space.RunInside("iptables", "-t", "nat", "-S").Output, StringComparison.Ordinal);
        File.Delete(script);
    }

    [SkippableFact]
    public async Task Inside_the_namespace()
    {
        string[]? args = Environment.GetEnvironmentVariable(Mode)?.Split(' ');
        Skip.If(args is null, "it is run by the test outside");
        int Port(int i) => int.Parse(args![i], CultureInfo.InvariantCulture);
        int mark = args![0] == "mark" ? Mark : 0;
        var known = new Endpoint { Id = 0, Name = "store-0", Service = "store", Address = new EndpointAddress(args[1], Port(2)) };
        await using var application = Hello("application", IPAddress.Any, 8080);

        await using (var outbound = await TcpSidecar.StartAsync(sidecar => Route(sidecar, known, mark, UnknownDestinations.AllowAny), port: 15001))
        {
            Assert.Equal("known", await TalkAsync(args[0], args[1], Port(2)));
            var log = await outbound.NextLogAsync();
            Assert.Equal(("store", $"{args[1]}:{args[2]}", ResponseFlags.None), (log.Destination.Service, log.UpstreamHost, log.Flags));
            Assert.Equal("stranger", await TalkAsync(args[0], args[1], Port(3)));
            log = await outbound.NextLogAsync();
            Assert.Equal(("PassthroughCluster", $"{args[1]}:{args[3]}"), (log.Destination.Service, log.UpstreamHost));
            Assert.Empty(outbound.Log);   // its own connections did not come back to it

            Assert.True(await outbound.ResetsAsync());   // who calls the listener itself would go round for ever
            Assert.Equal(ResponseFlags.NR, (await outbound.NextLogAsync()).Flags);
        }
        await using (var strict = await TcpSidecar.StartAsync(sidecar => Route(sidecar, known, mark, UnknownDestinations.RegistryOnly), port: 15001))
        {
            Assert.Equal("", await TalkAsync(args[0], args[1], Port(3)));
            Assert.Equal(("BlackHoleCluster", ResponseFlags.NR), ((await strict.NextLogAsync()) is var log ? log.Destination.Service : "", log.Flags));
            Assert.Equal("known", await TalkAsync(args[0], args[1], Port(2)));
        }
        if (mark != 0) await InterceptedHttp.TryAsync(new IPEndPoint(IPAddress.Parse(args[1]), Port(5)), new IPEndPoint(IPAddress.Parse(args[1]), Port(6)), mark);
        await using var inbound = await TcpSidecar.StartAsync(sidecar => Route(sidecar, known, mark, UnknownDestinations.AllowAny), port: 15006, address: IPAddress.Any);
        var inward = await inbound.NextLogAsync();
        Assert.Equal($"{args[4]}:8080", inward.UpstreamHost);
        Assert.StartsWith(args[1], inward.DownstreamRemoteAddress, StringComparison.Ordinal);
    }

    private static InterceptionRoute Route(TcpSidecar sidecar, Endpoint known, int mark, UnknownDestinations unknown)
    {
        var dialer = new TcpDialer(mark: mark);
        var pipeline = new OutboundPipeline(new DataPlane(sidecar.Time, new KeyedRandom(1), new Silence(), null!), new ProxyEntry(0, "shop", -1, ""), "");
        pipeline.Apply(new MeshSnapshot(1, [new ServiceModel { Id = 0, Name = "store", Endpoints = [known], Policy = ServicePolicy.From(new PolicyConfig()) }]));
        return new InterceptionRoute(
            new DestinationServices(pipeline),
            service => new ServiceRoute(pipeline, new RequestClass(0, service.Id, service.Name, "*"), dialer, sidecar.Faults),
            address => new DirectRoute(dialer, sidecar.Faults, sidecar.Time, address) { Destination = WorkloadFacts.Unknown with { Service = "PassthroughCluster" } },
            unknown);
    }

    /// <summary>What a client of somebody else's gets: in this process under a mark, and as another user by <c>nc</c> under a uid.</summary>
    private static async Task<string> TalkAsync(string spared, string host, int port)
    {
        if (spared == "uid")
        {
            using var client = Process.Start(new ProcessStartInfo("setpriv", [$"--reuid={StrangerUid}", "--clear-groups", "nc", "-w", "10", host, $"{port}"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            client.StandardInput.Close();   // it has nothing to say, and would wait for more of it
            string said = await client.StandardOutput.ReadToEndAsync();
            await client.WaitForExitAsync().Within();
            return said;
        }
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port).Within();
            return await new StreamReader(client.GetStream()).ReadToEndAsync().Within();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return "";
        }
    }

    private static bool TryTalk(string host)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(host, 8080);
            return new StreamReader(client.GetStream()).ReadToEnd() == "application";
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private static TcpServer Hello(string word, IPAddress? address = null, int port = 0) => new(
        async socket =>
        {
            await TcpServer.SendAllAsync(socket, Encoding.ASCII.GetBytes(word));
            socket.Shutdown(SocketShutdown.Send);
            await socket.ReceiveAsync(new byte[1]);
        },
        address ?? IPAddress.Any, port);

    private sealed class Silence : IMeshEvents
    {
        public void On(in MeshEvent e)
        {
        }
    }
}
