using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Mesh.Scenarios.Cli;
using Mesh.Scenarios.Tests.Running;

namespace Mesh.Scenarios.Tests.Cli.Admin;

/// <summary>The commands against a control plane in a process of its own.</summary>
public sealed class ControlPlaneCommandTests : IDisposable
{
    private readonly MeshLab _meshlab = new();
    private readonly string _state;
    private readonly string _configuration;
    private string _url = "";

    public ControlPlaneCommandTests()
    {
        _state = _meshlab.File("state");
        _configuration = Directory.CreateDirectory(_meshlab.File("conf")).FullName;
        _meshlab.Write("conf/mesh.yaml", LivePlane.Mesh);
    }

    public void Dispose() => _meshlab.Dispose();

    private string[] Where => ["--control-plane", _url, "--token-file", Path.Combine(_state, "admin.token")];

    private async Task<MeshLabProcess> StartAsync()
    {
        (var process, _url, _) = await PlaneProcess.StartAsync(_configuration, "--state", _state);
        await LivePlane.Until(() => Task.FromResult(Run("status", "--json") == 0 && _meshlab.Output.Contains("\"endpoints\": 2", StringComparison.Ordinal)));
        return process;
    }

    private int Run(params string[] args) => _meshlab.Run([.. args, .. Where]);

    private JsonElement Faults()
    {
        Assert.Equal(ExitCode.Passed, Run("faults", "--json"));
        return JsonDocument.Parse(_meshlab.Output).RootElement;
    }

    private static double Seconds(JsonElement fault, string key) => double.Parse(fault.GetProperty(key).GetString()!.TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task Fault_outlives_a_control_plane_that_is_killed_by_no_more_than_its_lease()
    {
        var began = DateTime.UtcNow;
        using (var first = await StartAsync())
        {
            Assert.Equal(ExitCode.Passed, Run("inject", "delay=200ms@10%", "--service", "cart", "--for", "40s", "--detach", "--json"));
            Assert.Contains("hits 10% of the requests to all 2 endpoints of 'cart'", _meshlab.Error, StringComparison.Ordinal);
            began = DateTime.UtcNow;
            first.Kill();
        }
        using var second = await StartAsync();
        var fault = Assert.Single(Faults().EnumerateArray().ToList());
        Assert.Equal("delay=200ms@10%", fault.GetProperty("fault").GetString());
        Assert.InRange(Seconds(fault, "left") + (DateTime.UtcNow - began).TotalSeconds, 35, 42);   // neither forgotten nor begun anew
        Assert.Equal(ExitCode.Passed, Run("inject", "stop", "--all", "--why", "enough"));
        Assert.Contains("has ended", _meshlab.Output, StringComparison.Ordinal);
        JsonElement[] Journal() => Run("journal", "--json") == 0 ? [.. JsonDocument.Parse(_meshlab.Output).RootElement.EnumerateArray()] : [];
        await LivePlane.Until(() => Task.FromResult(Journal()[0].GetProperty("what").GetString()!.EndsWith(" measured", StringComparison.Ordinal)));
        var newest = Journal()[1];
        Assert.Equal("enough", newest.GetProperty("why").GetString());
        Assert.Equal($"{Environment.UserName} (token)", newest.GetProperty("by").GetString());
    }

    [SkippableFact]
    public async Task Attached_fault_ends_with_its_command()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no SIGINT to send on Windows");
        using var plane = await StartAsync();
        using (var command = MeshLabProcess.Start(["inject", "delay=1ms@1%", "--service", "cart", "--for", "10m", .. Where]))
        {
            await LivePlane.Until(() => Task.FromResult(Faults().GetArrayLength() == 1));
            command.Interrupt();
            await command.EndAsync();
            Assert.Equal(ExitCode.Passed, command.Code);
            Assert.Contains("has ended: Ctrl-C", command.Output, StringComparison.Ordinal);
        }
        Assert.Equal(0, Faults().GetArrayLength());
    }

    [Fact]
    public async Task Attached_fault_lapses_when_its_command_is_killed()
    {
        using var plane = await StartAsync();
        using var command = MeshLabProcess.Start(["inject", "delay=1ms@1%", "--service", "cart", "--for", "10m", .. Where]);
        await LivePlane.Until(() => Task.FromResult(Faults().GetArrayLength() == 1));
        Assert.InRange(Seconds(Faults()[0], "left"), 0, 15);
        Assert.InRange(Seconds(Faults()[0], "atMost"), 500, 600);
        command.Kill();
        await LivePlane.Until(() => Task.FromResult(Faults().GetArrayLength() == 0));   // 15 s at most
    }

    [Fact]
    public async Task Secrets_are_in_no_log_no_answer_and_no_database()
    {
        using var plane = await StartAsync();
        Assert.Equal(ExitCode.Passed, Run("certificates", "token", "spiffe://cluster.local/ns/shop/sa/cart"));
        string join = _meshlab.Output.Trim(), admin = File.ReadAllText(Path.Combine(_state, "admin.token")).Trim();
        var told = new List<string>();
        foreach (string[] command in new[] { ["status"], ["certificates"], ["journal"], ["journal", "--json"], ["faults"], (string[])["config", "get"] })
        {
            Run(command);
            told.Add(_meshlab.Output + _meshlab.Error);
        }
        using (var client = new HttpClient { BaseAddress = new Uri(_url) })
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", admin + "x");
            told.Add(await (await client.GetAsync("/v1/status")).Content.ReadAsStringAsync());
            client.DefaultRequestHeaders.Authorization = new("Bearer", admin);
            told.Add(await client.GetStringAsync("/metrics"));
            told.Add(await (await client.PostAsync("/v1/faults", LivePlane.Json($"{{\"x\": \"{join}\"}}"))).Content.ReadAsStringAsync());
        }
        plane.Interrupt();
        await plane.EndAsync();
        told.Add(plane.Output + plane.Error);
        foreach (string file in Directory.EnumerateFiles(_state).Where(file => !file.EndsWith("admin.token", StringComparison.Ordinal))) told.Add(System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file)));
        Assert.Contains(told, text => text.Contains(join.Split('.')[0], StringComparison.Ordinal));   // its public part is: the search finds things
        Assert.All(told, text => Assert.DoesNotContain(join.Split('.')[1], text, StringComparison.Ordinal));
        Assert.All(told, text => Assert.DoesNotContain(admin, text, StringComparison.Ordinal));
        Assert.All(told, text => Assert.DoesNotContain("PRIVATE KEY", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Control_plane_is_asked_over_tls_by_those_whom_the_access_file_names()
    {
        var certificates = new TestCertificates();
        string Pem(string name, X509Certificate2 certificate)
        {
            using var key = certificate.GetECDsaPrivateKey()!;
            _meshlab.Write($"{name}.key", key.ExportPkcs8PrivateKeyPem());
            return _meshlab.Write($"{name}.pem", certificate.ExportCertificatePem());
        }
        Pem("server", certificates.Server);
        string authority = Pem("authority", certificates.Authority), vera = Pem("vera", certificates.Client("CN=vera")), otto = Pem("otto", certificates.Client("CN=otto"));
        string access = _meshlab.Write("access.yaml", "tls: {certificate: server.pem, key: server.key}\nclients: {authority: authority.pem, roles: {vera: [viewer], otto: [operator]}}\n");
        (var process, _url, _) = await PlaneProcess.StartAsync(_configuration, "--state", _state, "--admin-access", access);
        using var plane = process;
        Assert.StartsWith("https://", _url, StringComparison.Ordinal);

        int By(string who, params string[] command) => _meshlab.Run([.. command, "--control-plane", _url, "--ca", authority, "--client-cert", who, "--client-key", Path.ChangeExtension(who, ".key")]);
        Assert.Equal(ExitCode.Passed, By(vera, "status"));
        Assert.Equal(ExitCode.WrongInput, By(vera, "inject", "stop", "--all"));
        Assert.Contains("your roles do not allow this", _meshlab.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Passed, By(otto, "inject", "stop", "--all"));
        Assert.Equal(ExitCode.WrongInput, By(Pem("stranger", new TestCertificates().Client("CN=otto")), "status"));
        Assert.Contains("Its authority does not know the client certificate", _meshlab.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("status", "--control-plane", _url));
        Assert.Contains("no control plane answers", _meshlab.Error, StringComparison.Ordinal);   // its certificate is not trusted
    }

    [Theory]
    [InlineData("tls: {certificate: a.pem, key: a.key}", "'a.pem' cannot be used")]
    [InlineData("clients: {authority: a.pem, roles: {ann: [boss]}}", "'boss' is no role. Roles: viewer, operator, chaos")]
    [InlineData("tokens: {issuer: a, jwks: b}", "the key 'audience' is missing")]
    [InlineData("token: {}", "Did you mean 'tokens'?")]
    public void Access_file_that_is_wrong_is_told_with_its_places(string text, string told)
    {
        string access = _meshlab.Write("access.yaml", text);
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("control-plane", _configuration, "--state", _state, "--admin-access", access));
        Assert.Contains(told, _meshlab.Error, StringComparison.Ordinal);
        Assert.Contains(access, _meshlab.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_control_plane_with_the_same_state_says_so()
    {
        using var first = await StartAsync();
        using var second = MeshLabProcess.Start("control-plane", _configuration, "--state", _state, "--admin", "127.0.0.1:0", "--listen", "127.0.0.1:0");
        await second.EndAsync();
        Assert.Equal(ExitCode.WrongInput, second.Code);
        Assert.Contains("another control plane runs with this state", second.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("without TLS", "--admin", "0.0.0.0:0")]
    [InlineData("is not an address to listen on", "--admin", "here")]
    [InlineData("no source of services. Did you mean 'etcd'?", "--discover", "etdc:http://127.0.0.1:1")]
    [InlineData("'50' has no unit", "--max-fault-share", "50")]
    [InlineData("there is no such file", "--admin-access", "/nowhere/access.yaml")]
    public void Arguments_that_are_wrong_are_told(string told, params string[] arguments)
    {
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run(["control-plane", _configuration, "--state", _state, .. arguments]));
        Assert.Contains(told, _meshlab.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_that_is_wrong_is_told_with_its_places()
    {
        _meshlab.Write("conf/mesh.yaml", LivePlane.Mesh.Replace("1s", "1", StringComparison.Ordinal));
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run("control-plane", _configuration, "--state", _state));
        Assert.Contains("error mesh.yaml:7:21: mesh.services.cart.timeout: '1' has no unit", _meshlab.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("faults")]
    [InlineData("inject", "stop", "--all")]
    public void Control_plane_that_is_not_there_is_told_in_words(params string[] command)
    {
        _url = "http://127.0.0.1:1";
        Assert.Equal(ExitCode.WrongInput, Run(command));
        Assert.Contains("no control plane answers at http://127.0.0.1:1/ (Connection refused). Start one with 'meshlab control-plane'", _meshlab.Error, StringComparison.Ordinal);
    }
}
