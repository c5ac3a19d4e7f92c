using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live;
using Mesh.Simulator;

namespace Mesh.Scenarios.Tests.Running.Live;

public class FileBudgetTests
{
    private static WorldConfig World(string services)
    {
        var problems = new Problems();
        var scenario = ScenarioReader.ReadText($$"""
            version: 1
            name: budget
            duration: 1s
            services:
              a: {{services}}
              b: {}
              c: {endpoints: [{path: /, calls: [{to: b}]}]}
            workload: [{to: a, rate: 1/s}]
            """, "budget.yaml", [], problems);
        return scenario?.World ?? throw new InvalidOperationException(string.Join('\n', problems.Sorted()));
    }

    [Theory]
    [InlineData("{}", 1)]
    [InlineData("{endpoints: [{path: /, calls: [{to: b}, {to: b}]}]}", 2)]                        // one after the other
    [InlineData("{endpoints: [{path: /, calls: [{parallel: [{to: b}, {to: b}, {to: c}]}]}]}", 5)]  // its own, two of b, c and the b that c calls
    [InlineData("{endpoints: [{path: /, calls: [{oneOf: [{to: b, weight: 1}, {to: c, weight: 1}]}]}]}", 3)]
    [InlineData("{endpoints: [{path: /}, {path: /other, calls: [{to: c}]}]}", 1)]
    public void Requests_in_progress_are_as_many_as_half_of_the_files_can_hold_by_their_hops(string services, int hops)
    {
        Assert.Equal(5_000 / ((6 * hops) + 2), FileBudget.RequestsInProgress(World(services), isolated: false, 10_000));
        Assert.Equal(5_000 / ((2 * hops) + 2), FileBudget.RequestsInProgress(World(services), isolated: true, 10_000));
    }

    [Fact]
    public void One_request_is_let_in_whatever_the_limit_and_never_more_than_ten_thousand()
    {
        Assert.Equal(1, FileBudget.RequestsInProgress(World("{}"), isolated: false, 8));
        Assert.Equal(10_000, FileBudget.RequestsInProgress(World("{}"), isolated: false, FileBudget.Unlimited));
    }
}
