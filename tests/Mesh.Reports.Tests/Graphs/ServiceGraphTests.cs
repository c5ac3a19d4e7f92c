using System.Xml.Linq;
using Mesh.Reports.Graphs;
using Mesh.Reports.Results;

namespace Mesh.Reports.Tests.Graphs;

public sealed class ServiceGraphTests
{
    private static ServiceGraph Graph(RunRecord run) => ServiceGraph.Of(new RunSummary(run))!;

    [Fact]
    public void A_small_mesh_is_drawn_service_by_service()
    {
        var graph = Graph(SampleRuns.Shop(1, 5));
        Assert.Equal(["ingress", "cart", "ledger", "payments", "stock", "storefront", "warehouse"], graph.Nodes.Select(node => node.Name));
        Assert.Equal(6, graph.Edges.Count);
        Assert.Equal("", graph.Caption);
    }

    [Fact]
    public void Services_with_the_same_neighbours_are_drawn_as_one()
    {
        var graph = Graph(SampleRuns.Tree(3, 10, 5));
        Assert.Equal(1 + 1 + 10 + 10, graph.Nodes.Count);
        Assert.Equal(111 + 1, graph.Nodes.Sum(node => node.Members.Count));
        Assert.StartsWith("111 services;", graph.Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_very_many_services_the_worst_are_drawn_and_the_rest_by_distance()
    {
        var run = SampleRuns.Tree(4, 10, 3);
        var graph = Graph(run);
        Assert.InRange(graph.Nodes.Count, 21, ServiceGraph.MostNodes);
        Assert.Equal(1112, graph.Nodes.Sum(node => node.Members.Count));
        var worst = new RunSummary(run).Services.Take(5).Select(row => row.Name);
        Assert.All(worst, name => Assert.Contains(graph.Nodes, node => node.Name == name && !node.IsGroup));
    }

    [Fact]
    public void No_box_lies_on_another()
    {
        foreach (var graph in new[] { Graph(SampleRuns.Shop(1, 5)), Graph(SampleRuns.Tree(3, 10, 5)), Graph(SampleRuns.Tree(4, 10, 2)) })
        {
            var centers = GraphLayout.Of(graph).Centers;
            for (int i = 0; i < centers.Count; i++)
                for (int j = 0; j < i; j++)
                    Assert.True(Math.Abs(centers[i].X - centers[j].X) >= GraphLayout.NodeWidth || Math.Abs(centers[i].Y - centers[j].Y) >= GraphLayout.NodeHeight, $"{i} and {j}");
        }
    }

    [Fact]
    public void Callers_stand_left_of_those_they_call()
    {
        var graph = Graph(SampleRuns.Tree(3, 4, 2));
        var centers = GraphLayout.Of(graph).Centers;
        Assert.All(graph.Edges, edge => Assert.True(centers[edge.From].X < centers[edge.To].X));
    }

    [Fact]
    public void Cycles_and_services_nobody_calls_are_drawn()
    {
        var mesh = new ToyMesh().Call("ingress", "a", "/", 0, 5).Call("a", "b", "/", 0, 5).Call("b", "a", "/", 0, 5).Call("b", "b", "/", 0, 5);
        mesh.Directory.AddService("idle");
        var recorder = new RunRecorder(mesh.Directory, new RecorderOptions { End = ToyMesh.Ms(100) });
        mesh.Play(recorder);
        var record = recorder.Finish(new ReplicationFacts { Replication = 0, Seed = 1, TraceHash = "", VirtualSeconds = 1, WallSeconds = 1 });
        var run = new RunRecord { Scenario = "cycle", Seed = 1, DurationSeconds = 1, Replications = [record] };
        string svg = GraphSvg.Draw(Graph(run));
        Assert.Contains("never called", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        XDocument.Parse(svg);
    }

    [Fact]
    public void The_same_run_gives_the_same_picture() => Assert.Equal(GraphSvg.Draw(Graph(SampleRuns.Tree(3, 10, 3))), GraphSvg.Draw(Graph(SampleRuns.Tree(3, 10, 3))));

    [Fact]
    public void Nothing_called_is_no_graph() =>
        Assert.Null(ServiceGraph.Of(new RunSummary(new RunRecord { Scenario = "", Seed = 1, DurationSeconds = 1, Replications = [] })));
}
