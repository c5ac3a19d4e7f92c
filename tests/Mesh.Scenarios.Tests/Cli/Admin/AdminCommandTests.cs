using System.Text.Json;
using Mesh.Scenarios.Cli;

namespace Mesh.Scenarios.Tests.Cli.Admin;

/// <summary>The commands against a control plane in this process.</summary>
public sealed class AdminCommandTests(AdminCommandTests.OnePlane planes) : IClassFixture<AdminCommandTests.OnePlane>, IDisposable
{
    private readonly MeshLab _meshlab = new();

    public void Dispose() => _meshlab.Dispose();

    private int Run(params string[] args) => _meshlab.Run([.. args, "--control-plane", planes.Plane.Address.ToString(), "--token-file", planes.Plane.TokenFile]);

    private JsonElement Faults()
    {
        Assert.Equal(ExitCode.Passed, Run("faults", "--json"));
        return JsonDocument.Parse(_meshlab.Output).RootElement;
    }

    [Fact]
    public void Large_fault_is_refused_unless_it_is_meant()
    {
        string[] fault = ["inject", "abort=503", "--service", "cart", "--for", "1m", "--detach"];
        Assert.Equal(ExitCode.WrongInput, Run(fault));
        Assert.Contains("it would hit 100% of the requests to 'cart'; the limit is 50%", _meshlab.Error, StringComparison.Ordinal);
        Assert.Equal(0, Faults().GetArrayLength());
        Assert.Equal(ExitCode.Passed, Run([.. fault, "--allow-large"]));
        Assert.Equal(1, Faults().GetArrayLength());
        Run("inject", "stop", "--all");
    }

    [Theory]
    [InlineData("there is no service 'crt'", "inject", "delay=1s@1%", "--service", "crt", "--for", "1m", "--detach")]
    [InlineData("'delya' is no fault. Did you mean 'delay'?", "inject", "delya=1s@1%", "--service", "cart", "--for", "1m", "--detach")]
    [InlineData("no endpoint of 'cart' has version v9; it has the versions v1", "inject", "delay=1s@1%", "--service", "cart", "--version", "v9", "--for", "1m", "--detach")]
    [InlineData("24h at most", "inject", "delay=1s@1%", "--service", "cart", "--for", "25h", "--detach")]
    [InlineData("write a name and a value", "inject", "delay=1s@1%", "--service", "cart", "--header", "x", "--for", "1m", "--detach")]
    [InlineData("no fault 'x-1' is in force", "inject", "stop", "x-1")]
    [InlineData("say which fault is to end, or --all", "inject", "stop")]
    [InlineData("there is no join token 'x'", "certificates", "revoke", "x")]
    [InlineData("prepare one first", "certificates", "rollover", "activate")]
    [InlineData("'me' is no identity", "certificates", "token", "me")]
    [InlineData("the configuration has no file 'x.yaml'", "config", "delete", "x.yaml")]
    [InlineData("there is no such file", "config", "apply", "/nowhere/x.yaml")]
    public void What_is_wrong_is_told_in_words(string told, params string[] command)
    {
        Assert.Equal(ExitCode.WrongInput, Run(command));
        Assert.StartsWith("error ", _meshlab.Error, StringComparison.Ordinal);
        Assert.Contains(told, _meshlab.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _meshlab.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_is_shown_compared_and_changed()
    {
        string changed = _meshlab.Write("mesh.yaml", LivePlane.Mesh.Replace("timeout: 1s", "timeout: 3s", StringComparison.Ordinal));
        Assert.Equal(ExitCode.ExpectationFailed, Run("config", "diff", changed));
        Assert.Equal(["-7:     cart: {timeout: 1s}", "+7:     cart: {timeout: 3s}", "# service cart: the policy changes"], _meshlab.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(ExitCode.Passed, Run("config", "apply", changed, "--dry-run"));
        Assert.Contains("mesh.yaml is right", _meshlab.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Passed, Run("config", "apply", changed));
        Assert.Equal(ExitCode.Passed, Run("config", "get", "mesh.yaml"));
        Assert.Contains("timeout: 3s", _meshlab.Output, StringComparison.Ordinal);
        Assert.Contains("timeout: 3s", File.ReadAllText(Path.Combine(planes.Plane.Configuration, "mesh.yaml")), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Passed, Run("config", "diff", changed));
    }

    public sealed class OnePlane : IAsyncLifetime
    {
        internal LivePlane Plane { get; private set; } = null!;

        public async Task InitializeAsync() => Plane = await LivePlane.StartAsync();

        public async Task DisposeAsync() => await Plane.DisposeAsync();
    }
}
