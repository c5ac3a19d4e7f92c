using Mesh.Scenarios.Language.Checks;

namespace Mesh.Scenarios.Tests.Language;

/// <summary>Cycles of calls are fine as long as each visit causes less than one more.</summary>
public sealed class CallGraphTests
{
    [Theory]
    [InlineData("99%", false)]
    [InlineData("100%", true)]
    public void A_service_that_calls_itself_must_end_some_time(string probability, bool endless) =>
        Assert.Equal(endless, IsEndless(Mesh("a", $"[{{to: a, probability: {probability}}}]")));

    [Theory]
    [InlineData("40%", false)] // 2 x 0.4 = 0.8 more visits for each
    [InlineData("50%", true)]
    [InlineData("60%", true)]
    public void Several_calls_with_small_probabilities_add_up(string probability, bool endless) =>
        Assert.Equal(endless, IsEndless(Mesh("a", $"[{{to: a, probability: {probability}}}, {{to: a, probability: {probability}}}]")));

    [Theory]
    [InlineData("50%", "100%", false)]
    [InlineData("100%", "100%", true)]
    [InlineData("100%", "99%", false)]
    public void The_product_along_a_cycle_counts(string first, string second, bool endless) =>
        Assert.Equal(endless, IsEndless(Mesh("a", $"[{{to: b, probability: {first}}}]", "b", $"[{{to: a, probability: {second}}}]")));

    [Fact]
    public void Two_cycles_through_one_service_that_are_harmless_alone_may_be_endless_together()
    {
        string[] back = ["b", "[{to: a}]", "c", "[{to: a}]"];
        Assert.False(IsEndless(Mesh(["a", "[{to: b, probability: 45%}, {to: c, probability: 45%}]", .. back])));
        Assert.True(IsEndless(Mesh(["a", "[{to: b, probability: 55%}, {to: c, probability: 55%}]", .. back])));
    }

    [Fact]
    public void A_choice_shares_its_weight_among_its_branches()
    {
        Assert.False(IsEndless(Mesh("a", "[{oneOf: [{to: a, weight: 9}, {sleep: 1ms, weight: 1}]}]")));
        Assert.True(IsEndless(Mesh("a", "[{oneOf: [{to: a, weight: 9}, {to: a, weight: 1}]}]")));
    }

    [Fact]
    public void The_error_names_the_cycle_and_stands_at_one_of_its_calls()
    {
        string error = Assert.Single(Reads.Errors(Mesh("front", "[{to: a}]", "a", "[{to: b}]", "b", "[{to: a}]")));
        Assert.StartsWith("s.yaml:5:37: services.a.endpoints[0].calls[0]: these calls can never end: a/ -> b/ -> a/. Each round causes 1 more;", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Visits_follow_the_probabilities_and_the_feedback()
    {
        var world = Reads.Scenario(Mesh("a", "[{to: b}, {to: b, probability: 50%}]", "b", "[{to: a, probability: 20%}]")).World;
        double[] visits = CallGraph.Of(world).Visits(world.Workloads);
        Assert.Equal(100 / (1 - (1.5 * 0.2)), visits[0], 3);
        Assert.Equal(150 / (1 - (1.5 * 0.2)), visits[1], 3);
    }

    private static bool IsEndless(string text)
    {
        var problems = new Scenarios.Language.Yaml.Problems();
        var file = Scenarios.Language.ScenarioReader.ReadText(text, "s.yaml", [], problems);
        Assert.True(file is not null || problems.All.All(problem => problem.Message.StartsWith("these calls can never end", StringComparison.Ordinal)), string.Join('\n', problems.All));
        return file is null;
    }

    /// <summary>Services, each with what it calls; the first gets 100 requests a second.</summary>
    private static string Mesh(params string[] servicesAndCalls)
    {
        var services = servicesAndCalls.Chunk(2).Select(pair => $"  {pair[0]}: {{endpoints: [{{path: /, calls: {pair[1]}}}]}}");
        return $"version: 1\nduration: 10s\nservices:\n{string.Join('\n', services)}\nworkload: [{{to: {servicesAndCalls[0]}, rate: 100/s}}]\n";
    }
}
