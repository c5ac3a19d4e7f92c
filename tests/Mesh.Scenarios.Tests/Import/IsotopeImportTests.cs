using Mesh.Scenarios.Import;
using Mesh.Scenarios.Language;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Simulator;

namespace Mesh.Scenarios.Tests.Import;

/// <summary>Isotope graphs are read as Istio's own parser reads them.</summary>
public sealed class IsotopeImportTests
{
    [Fact]
    public void A_graph_becomes_services_scripts_and_load()
    {
        var world = Import("""
            apiVersion: ignored
            defaults: {requestSize: 1 KB, responseSize: 16KiB, numReplicas: 2, numRbacPolicies: 3, errorRate: 0.1%}
            services:
            - name: a
              errorRate: 0.25
            - {name: b, numReplicas: 5, namespace: shop, labels: {tier: gold}}
            - name: c
              isEntrypoint: true
              script:
              - sleep: 10ms
              - - call: a
                - call: {service: b, size: 128, probability: 30, extra-header: {x-user: ann}}
              - call: b
            """).World;
        Assert.Equal(["a", "b", "c"], world.Services.Select(service => service.Name));
        Assert.Equal([2, 5, 2], world.Services.Select(service => service.Versions[0].Replicas));
        Assert.Equal([0.25, 0.001, 0.001], world.Services.Select(service => service.Versions[0].ErrorRate));
        Assert.Equal(("shop", "gold"), (world.Services[1].Namespace, world.Services[1].Versions[0].Labels["tier"]));
        var entry = Assert.Single(world.Services[2].Classes);
        Assert.Equal(("/", 16384L), (entry.Path, entry.ResponseBytes));
        Assert.Equal(0.01, Assert.IsType<SleepStep>(entry.Script[0]).Time.Mean);
        var parallel = Assert.IsType<ParallelStep>(entry.Script[1]);
        Assert.Equal(1024, Assert.IsType<CallStep>(parallel.Branches[0]).RequestBytes);
        var call = Assert.IsType<CallStep>(parallel.Branches[1]);
        Assert.Equal(("b", 128L, 0.3, "ann"), (call.To, call.RequestBytes, call.Probability, call.Headers[0].Value));
        Assert.Equal(("c", 100.0), (world.Workloads[0].To, world.Workloads[0].Stages[0].Rate));
    }

    [Theory]
    [InlineData("1 KB", 1024)] // every unit is a power of 1024, as in Docker
    [InlineData("16KiB", 16384)]
    [InlineData("10k", 10240)]
    [InlineData("1.5m", 1572864)]
    [InlineData("512", 512)]
    [InlineData("512B", 512)]
    public void Sizes_are_powers_of_1024(string size, long bytes) =>
        Assert.Equal(bytes, Import($"services: [{{name: a, responseSize: {size}}}]").World.Services[0].Classes[0].ResponseBytes);

    [Fact]
    public void A_probability_of_0_means_always() =>
        Assert.Equal(1, Assert.IsType<CallStep>(Import("services: [{name: a, script: [{call: {service: b, probability: 0}}]}, {name: b}]").World.Services[0].Classes[0].Script[0]).Probability);

    [Theory]
    [InlineData("services: [{name: a, script: [{call: b}]}, {name: b}]", "a")]
    [InlineData("services: [{name: a}, {name: b}]", "a b")]
    [InlineData("services: [{name: a, isEntrypoint: true}, {name: b, isEntrypoint: true}, {name: c}]", "a b")]
    public void Load_enters_at_the_marked_services_or_where_nobody_calls(string graph, string entries)
    {
        var workloads = Import(graph).World.Workloads;
        Assert.Equal(entries.Split(' '), workloads.Select(workload => workload.To));
        Assert.Equal(100, workloads.Sum(workload => workload.Stages[0].Rate), 3);
    }

    [Fact]
    public void What_the_graph_does_not_say_is_told()
    {
        var file = Import("services: [{name: a}]");
        Assert.Contains(file.Assumptions, text => text.StartsWith("every service works {mean: 1ms, p99: 5ms} for a request", StringComparison.Ordinal));
        Assert.Contains(file.Assumptions, text => text.StartsWith("load enters at a", StringComparison.Ordinal));
        Assert.Contains("the load is 100/s (--rate)", file.Assumptions);
    }

    [Theory]
    [InlineData("services: [{name: a, script: [{call: b}]}]", "s.yaml:1:38: call: there is no service 'b'. Services: a.")]
    [InlineData("services: [{name: a, script: [{call: a, sleep: 1s}]}]", "a step has exactly one key, 'call' or 'sleep', but there is a mapping of keys to values.")]
    [InlineData("services: [{name: a, script: [[[{call: a}]]]}]", "concurrent steps inside concurrent steps are not allowed.")]
    [InlineData("services: [{name: a, errorRate: 2}]", "'2' is outside the range from 0 to 1, or 0% to 100%.")]
    [InlineData("services: [{name: a, responseSize: many}]", "'many' is not a size; write 1024, 1 KB or 16KiB.")]
    [InlineData("services: [{numReplicas: 2}]", "every service needs a 'name'.")]
    [InlineData("services: []", "the graph has no service.")]
    [InlineData("services: [{name: a}, {name: a}]", "the service 'a' is there twice.")]
    [InlineData("services: [{name: a, script: [{call: a}]}]", "these calls can never end: a/ -> a/.")]
    public void Mistakes_are_told_at_their_place_in_the_graph(string graph, string message)
    {
        var problems = new Problems();
        Assert.Null(Load(graph, new ImportOptions(), problems));
        Assert.Contains(problems.All, problem => problem.Severity == Severity.Error && problem.ToString().Contains(message, StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("1-service.yaml", 1)]
    [InlineData("10-svc_10-end.yaml", 10)]
    [InlineData("10-svc_10000-end.yaml", 10)]
    [InlineData("canonical.yaml", 4)]
    [InlineData("chain-2-services-different-cluster.yaml", 2)]
    [InlineData("chain-3-services.yaml", 3)]
    [InlineData("tree-111-services.yaml", 111)]
    public void Istios_own_graphs_are_read_and_survive_being_written(string name, int services)
    {
        string path = Repository.Isotope(name);
        var problems = new Problems();
        var direct = ScenarioSource.Load(path, [], new ImportOptions { Rate = "7/s" }, problems);
        Assert.True(direct is not null, string.Join('\n', problems.All));
        Assert.Equal(services, direct!.World.Services.Count);

        var root = YamlTree.Parse(File.ReadAllText(path), name, problems)!;
        string written = YamlWriter.Write(IsotopeImport.Import(root, "x", new ImportOptions { Rate = "7/s" }, problems)!.Scenario, ["a comment"]);
        var again = ScenarioReader.ReadText(written, "written.yaml", [], problems);
        Assert.True(again is not null, string.Join('\n', problems.All));
        Assert.Equal(Json(direct.World), Json(again!.World));
    }

    private static string Json(WorldConfig world) => System.Text.Json.JsonSerializer.Serialize(world) + string.Join(';', world.Services.SelectMany(service => service.Classes).SelectMany(one => one.Script).Select(Steps));

    // Steps are serialised by their own type, not by that of the list.
    private static string Steps(StepConfig step) => step is ParallelStep parallel ? string.Join(',', parallel.Branches.Select(Steps)) : System.Text.Json.JsonSerializer.Serialize(step, step.GetType());

    private static ScenarioFile Import(string graph)
    {
        var problems = new Problems();
        var file = Load(graph, new ImportOptions(), problems);
        Assert.True(file is not null, string.Join('\n', problems.All));
        return file!;
    }

    private static ScenarioFile? Load(string graph, ImportOptions options, Problems problems)
    {
        var directory = Directory.CreateTempSubdirectory("meshlab-import");
        string file = Path.Combine(directory.FullName, "s.yaml");
        File.WriteAllText(file, graph);
        var loaded = ScenarioSource.Load(file, [], options, problems);
        directory.Delete(recursive: true);
        return loaded;
    }
}
