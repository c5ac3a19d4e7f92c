using Mesh.Runtime.ControlPlane;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Tests.Language;

public class DesiredReaderTests
{
    private static (DesiredState? State, string[] Problems) Read(params string[] texts)
    {
        var problems = new Problems();
        var state = DesiredReader.Read([.. texts.Select((text, i) => new ConfigurationFile($"{(char)('a' + i)}.yaml", text))], problems);
        return (state, [.. problems.All.Select(problem => problem.ToString())]);
    }

    [Fact]
    public void Files_are_one_configuration()
    {
        var (state, problems) = Read(
            "version: 1\nservices: {cart: {address: ['127.0.0.1:8081', '[::1]:8082']}}\nmesh: {defaults: {timeout: 2s}, services: {cart: {timeout: 1s}}}",
            "version: 1\nservices: {pay: {}}\nmesh: {services: {pay: {retries: {attempts: 1, on: [5xx]}}}}");
        Assert.Empty(problems);
        Assert.Equal(["cart", "pay"], state!.Services.Keys.Order());
        Assert.Equal(["127.0.0.1:8081", "[::1]:8082"], state.Services["cart"].Select(endpoint => $"{endpoint.Address}"));
        Assert.Empty(state.Services["pay"]);
        Assert.Equal((1, 2), (state.Mesh.PolicyFor("cart").Timeout!.Value.TotalSeconds, state.Mesh.PolicyFor("pay").Timeout!.Value.TotalSeconds));
        Assert.Equal(1, state.Mesh.PolicyFor("pay").Retries!.Attempts);
    }

    [Fact]
    public void Nothing_is_a_configuration_of_nothing() => Assert.Same(DesiredState.Empty, Read().State);

    [Theory]
    [InlineData("version: 1\nservices: {cart: {}}\nmesh: {services: {cart: {timeout: 1}}}", "a.yaml:3:35: mesh.services.cart.timeout: '1' has no unit")]
    [InlineData("version: 1\nservices: {cart: {}}\nworkload: []", "a.yaml:3:1: workload: unknown key 'workload'")]
    [InlineData("services: {cart: {}}", "the key 'version' is missing")]
    [InlineData("version: 1\nservices: {cart: {}}\nmesh: {services: {crt: {timeout: 1s}}}", "there is no service 'crt'. Did you mean 'cart'?")]
    [InlineData("version: 1\nservices: {cart: {address: nowhere}}", "is not where a service listens")]
    [InlineData("", "the file is empty")]
    [InlineData("version: 1\n\t- x", "this is not YAML")]
    public void What_is_wrong_is_told_with_its_place(string text, string told)
    {
        var (state, problems) = Read(text);
        Assert.Null(state);
        Assert.Contains(problems, problem => problem.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public void What_two_files_say_of_one_thing_is_told_with_both_places()
    {
        var (_, problems) = Read(
            "version: 1\nservices: {cart: {}}\nmesh: {defaults: {timeout: 1s}, services: {cart: {timeout: 1s}}}",
            "version: 1\nservices: {cart: {}}\nmesh: {defaults: {timeout: 2s}, services: {cart: {timeout: 2s}}}");
        Assert.Equal(3, problems.Length);
        Assert.Contains(problems, problem => problem.StartsWith("b.yaml:2:12: services.cart: 'cart' stands at a.yaml:2:12 too", StringComparison.Ordinal));
    }

    [Fact]
    public void Services_that_only_discovery_knows_may_have_a_policy_where_none_is_named() =>
        Assert.Empty(Read("version: 1\nmesh: {services: {anything: {timeout: 1s}}}").Problems);
}
