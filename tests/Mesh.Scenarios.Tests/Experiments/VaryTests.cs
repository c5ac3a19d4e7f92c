using Mesh.Scenarios.Experiments;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Tests.Experiments;

public sealed class VaryTests
{
    [Theory]
    [InlineData("a.b=1,2", new[] { "1", "2" })]
    [InlineData("a.b= roundRobin , leastRequest ", new[] { "roundRobin", "leastRequest" })]
    [InlineData("x={mean: 4ms, p99: 15ms},5ms", new[] { "{mean: 4ms, p99: 15ms}", "5ms" })]
    [InlineData("x=[a, b],[c]", new[] { "[a, b]", "[c]" })]
    [InlineData("x={on: [5xx, reset], attempts: 2},{attempts: 0}", new[] { "{on: [5xx, reset], attempts: 2}", "{attempts: 0}" })]
    [InlineData("x=\"a,b\",'c,d'", new[] { "\"a,b\"", "'c,d'" })]
    [InlineData("x=shop's,other", new[] { "shop's", "other" })]
    [InlineData("x=only", new[] { "only" })]
    public void Commas_separate_values_outside_of_brackets_and_quotes(string text, string[] values) =>
        Assert.Equal(values, Vary.Parse(text, new Problems())!.Values);

    [Theory]
    [InlineData("x", "needs a key's path")]
    [InlineData("=a,b", "needs a key's path")]
    [InlineData("x=a,,b", "a value is empty")]
    [InlineData("x=a,a", "'a' is given twice")]
    [InlineData("x={a,b", "not closed")]
    [InlineData("x=a},b", "not closed")]
    [InlineData("seed=1,2", "cannot be varied. Use --seed")]
    public void What_is_wrong_is_told(string text, string message)
    {
        var problems = new Problems();
        Assert.Null(Vary.Parse(text, problems));
        Assert.Contains(message, Assert.Single(problems.All).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Variants_are_every_combination_named_by_what_varies()
    {
        var problems = new Problems();
        Vary[] varies = [Vary.Parse("mesh.defaults.loadBalancer=random,roundRobin", problems)!, Vary.Parse("mesh.defaults.timeout=1s,2s", problems)!];
        Assert.Equal(["loadBalancer=random, timeout=1s", "loadBalancer=random, timeout=2s", "loadBalancer=roundRobin, timeout=1s", "loadBalancer=roundRobin, timeout=2s"],
            Variants.Plan(["shop.yaml"], varies).Select(variant => variant.Name));
        Assert.Equal(["a: timeout=1s", "a: timeout=2s", "b: timeout=1s", "b: timeout=2s"], Variants.Plan(["x/a.yaml", "x/b.yaml"], [varies[1]]).Select(variant => variant.Name));
        Assert.Equal(["x/a.yaml", "y/a.yaml"], Variants.Plan(["x/a.yaml", "y/a.yaml"], []).Select(variant => variant.Name));
    }

    [Fact]
    public void Settings_with_the_same_last_word_are_named_by_their_whole_paths()
    {
        var problems = new Problems();
        Vary[] varies = [Vary.Parse("services.a.replicas=1", problems)!, Vary.Parse("services.b.replicas=2", problems)!];
        Assert.Equal("services.a.replicas=1, services.b.replicas=2", Assert.Single(Variants.Plan(["f.yaml"], varies)).Name);
    }
}
