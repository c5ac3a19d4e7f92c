namespace Mesh.Scenarios.Tests.Cli;

public sealed class WhyPolicyTests : IDisposable
{
    private readonly MeshLab _meshlab = new();

    public void Dispose() => _meshlab.Dispose();

    [Theory]
    [InlineData("cart", "timeout", "300ms", "s.yaml:13:23")]                   // the service's own layer
    [InlineData("cart", "perTryTimeout", "100ms", "s.yaml:11:42")]             // the defaults'
    [InlineData("cart", "retries.attempts", "3", "s.yaml:14:27")]
    [InlineData("cart", "retries.on", "[gateway-error]", "MeshLab's default")] // what a mapping leaves out
    [InlineData("cart", "hedge", "none", "MeshLab's default")]
    [InlineData("stock", "timeout", "2s", "s.yaml:11:23")]
    [InlineData("stock", "retries.avoidTried", "5", "profile istio")]
    [InlineData("stock", "limits.connectTimeout", "10s", "profile istio")]
    [InlineData("cart", "limits.maxRequests", "50", "s.yaml:19:29")]
    [InlineData("cart", "limits.connectTimeout", "10s", "profile istio")]      // what the service's own limits leave out is the mesh's
    [InlineData("cart", "limits.maxConnections", "no cap", "MeshLab's default")]
    [InlineData("stock", "panicThreshold", "0.5", "profile istio")]
    [InlineData("cart", "panicThreshold", "0", "profile istio")]               // Istio's own, once there is outlier detection
    [InlineData("cart, route fast", "timeout", "50ms", "s.yaml:18:20")]
    [InlineData("cart, route fast", "perTryTimeout", "100ms", "s.yaml:11:42")]
    [InlineData("cart, route 1", "timeout", "300ms", "s.yaml:13:23")]
    public void Setting_is_shown_with_its_origin(string title, string key, string value, string origin)
    {
        Assert.Equal(0, _meshlab.Run("why", "--policy", Scenario()));
        string[] lines = _meshlab.Output.ReplaceLineEndings("\n").Split("\n\n").Single(part => part.StartsWith(title + "\n", StringComparison.Ordinal)).Split('\n');
        string line = Assert.Single(lines, line => line.StartsWith($"  {key} ", StringComparison.Ordinal));
        Assert.Equal(value, line[(2 + key.Length)..].TrimStart().Split("  ")[0]);
        Assert.EndsWith(origin, line, StringComparison.Ordinal);
    }

    [Fact]
    public void Value_of_the_command_line_has_it_as_its_origin()
    {
        Assert.Equal(0, _meshlab.Run("why", "--policy", Scenario(), "--service", "stock", "--set", "mesh.defaults.timeout=7s"));
        Assert.Matches(@"  timeout +7s +--set mesh\.defaults\.timeout=7s\n", _meshlab.Output.ReplaceLineEndings("\n"));
        Assert.DoesNotContain("cart", _meshlab.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_service_is_told()
    {
        Assert.Equal(2, _meshlab.Run("why", "--policy", Scenario(), "--service", "crt"));
        Assert.Contains("there is no service 'crt'. Did you mean 'cart'?", _meshlab.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_file_is_told_as_validate_tells_it()
    {
        Assert.Equal(2, _meshlab.Run("why", "--policy", _meshlab.Write("s.yaml", "version: 2")));
        Assert.Contains("version 2 of the language is not known", _meshlab.Error, StringComparison.Ordinal);
    }

    private string Scenario() => _meshlab.Write("s.yaml", """
        version: 1
        duration: 10s
        warmup: 1s
        services:
          cart: {replicas: 2}
          stock: {}
        workload: [{to: cart, rate: 10/s}]

        mesh:
          profile: istio
          defaults: {timeout: 2s, perTryTimeout: 100ms}
          services:
            cart: {  timeout: 300ms,
              retries: {attempts: 3},
              outlierDetection: {},
              routes: [{
                  name: fast, match: {path: /fast},
                  timeout: 50ms}, {match: {method: GET}}],
              limits: {maxRequests: 50}}
        """);
}
