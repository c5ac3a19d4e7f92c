using Mesh.Scenarios.Cli;

namespace Mesh.Scenarios.Tests.Cli;

public sealed class SidecarCommandTests : IDisposable
{
    private readonly MeshLab _meshlab = new();

    public void Dispose() => _meshlab.Dispose();

    [Theory]
    [InlineData("'cart' is not where something listens; write host:port, such as 127.0.0.1:15012", "--control-plane", "cart", "--outbound", "127.0.0.1:0")]
    [InlineData("the sidecar would have nothing to do", "--control-plane", "127.0.0.1:15012")]
    [InlineData("'--inbound' and '--application' go together", "--control-plane", "127.0.0.1:15012", "--inbound", "127.0.0.1:0")]
    [InlineData("is not an address to listen on", "--control-plane", "127.0.0.1:15012", "--outbound", "here")]
    [InlineData("Could not find", "--control-plane", "127.0.0.1:15012", "--outbound", "127.0.0.1:0", "--join-token-file", "/no/such/file")]
    [InlineData("a join token does not travel in plain text", "--control-plane", "127.0.0.1:15012", "--outbound", "127.0.0.1:0", "--join-token-file", "TOKEN")]
    [InlineData("there is no certificate in it", "--control-plane", "127.0.0.1:15012", "--outbound", "127.0.0.1:0", "--trust-bundle", "TOKEN")]
    [InlineData("is not on this machine", "--control-plane", "10.0.0.1:15012", "--outbound", "127.0.0.1:0")]
    public void Wrong_arguments_are_told_with_what_to_do(string message, params string[] args)
    {
        string token = _meshlab.Write("token", "0011.secret");
        Assert.Equal(ExitCode.WrongInput, _meshlab.Run(["sidecar", "--service", "web", .. args.Select(arg => arg == "TOKEN" ? token : arg)]));
        Assert.Contains(message, _meshlab.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", _meshlab.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _meshlab.Error, StringComparison.Ordinal);
    }
}
