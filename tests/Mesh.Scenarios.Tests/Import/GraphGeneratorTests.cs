using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Checks;
using Mesh.Scenarios.Language.Yaml;

namespace Mesh.Scenarios.Tests.Import;

public sealed class GraphGeneratorTests
{
    [Theory]
    [InlineData(1, 5, 3)]
    [InlineData(2, 2, 1)]
    [InlineData(50, 3, 2)]
    [InlineData(1000, 5, 3)]
    public void Every_generated_service_is_reached_and_the_calls_end(int services, int depth, int fanOut)
    {
        var file = Read(new GeneratorOptions { Services = services, Depth = depth, FanOut = fanOut, Replicas = 5 });
        Assert.Equal((services, 5), (file.World.Services.Count, file.World.Services[0].Versions[0].Replicas));
        Assert.DoesNotContain(file.Warnings, warning => warning.Message.Contains("no workload ever reaches", StringComparison.Ordinal));
        var graph = CallGraph.Of(file.World);
        Assert.All(graph.Nodes, node => Assert.True(node.Calls.Sum(call => call.Weight) <= fanOut + 1e-3));
    }

    [Fact]
    public void The_same_seed_makes_the_same_graph_and_another_one_another()
    {
        string Text(ulong seed) => YamlWriter.Write(GraphGenerator.Generate(new GeneratorOptions { Services = 60, Seed = seed }), []);
        Assert.Equal(Text(1), Text(1));
        Assert.NotEqual(Text(1), Text(2));
    }

    private static ScenarioFile Read(GeneratorOptions options)
    {
        var problems = new Problems();
        var file = ScenarioReader.ReadText(YamlWriter.Write(GraphGenerator.Generate(options), ["x"]), "g.yaml", [], problems);
        Assert.True(file is not null, string.Join('\n', problems.All));
        return file!;
    }
}
