using Mesh.Runtime.ControlPlane.Injection;
using Mesh.Runtime.Model;
using Mesh.Scenarios.Cli.Admin;

namespace Mesh.Scenarios.Tests.Cli.Admin;

public class FaultLanguageTests
{
    private static FaultRequest Request(string fault) => new() { Fault = fault, Service = "cart", For = TimeSpan.FromMinutes(1) };

    private static (FaultConfig? Config, string[] Problems) Read(FaultRequest request)
    {
        var problems = new List<string>();
        return (new FaultLanguage().Read(request, problems), [.. problems]);
    }

    [Fact]
    public void Fault_is_read_as_on_the_command_line_of_a_single_proxy()
    {
        var (config, problems) = Read(Request("delay=mean 200ms, p99 1s@10%") with { Path = "/buy", Headers = new Dictionary<string, string> { ["x-user"] = "ann" }, Site = "request" });
        Assert.Empty(problems);
        Assert.Equal(("delay", FaultSite.Request, 0.1, "/buy"), (config!.Name, config.Site, config.Percent, config.Match.Path));
        Assert.Equal(0.2, config.Delay!.Mean, 3);
        Assert.Equal([new("x-user", "ann")], config.Match.Headers);
    }

    [Theory]
    [InlineData("abort=503@5%")]
    [InlineData("abort=grpc 14@5%")]
    [InlineData("reset@1%")]
    [InlineData("bandwidth=100kbit/s")]
    [InlineData("truncate=50%@1%")]
    [InlineData("corrupt@1%")]
    public void Every_effect_is_known(string fault)
    {
        var (config, problems) = Read(Request(fault));
        Assert.Empty(problems);
        Assert.True(config!.Abort is not null || config.Body is not null);
    }

    [Theory]
    [InlineData("delya=1s", "Did you mean 'delay'?")]
    [InlineData("delay=5", "write 5ms or 5s or 5m")]
    [InlineData("delay=1s@10", "'10' has no unit; write 10%.")]
    [InlineData("delay=1s@200%", "200%")]
    [InlineData("abort=99", "200 to 599")]
    [InlineData("", "is no fault")]
    [InlineData("delay=[1, 2", "delay=[1, 2")]
    public void What_is_wrong_is_told_with_the_fault(string fault, string told)
    {
        var (config, problems) = Read(Request(fault));
        Assert.Null(config);
        Assert.Contains(problems, problem => problem.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public void Version_is_not_known_where_no_endpoint_is_picked_yet() =>
        Assert.Contains("no replica is picked yet", Assert.Single(Read(Request("delay=1s") with { Site = "request", Version = "v1" }).Problems), StringComparison.Ordinal);
}
