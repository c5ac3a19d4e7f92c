using GraphShape;
using GraphShape.Algorithms.Layout;
using QuikGraph;

namespace Mesh.Reports.Graphs;

/// <summary>Where nodes stand (their centres) and how edges bend, in pixels; layers from left to right.</summary>
internal sealed record GraphLayout(IReadOnlyList<Point> Centers, IReadOnlyDictionary<(int From, int To), IReadOnlyList<Point>> Bends, double Width, double Height)
{
    public const double NodeWidth = 172, NodeHeight = 42;
    private const double LayerGap = 64, NodeGap = 14, Margin = 8;

    /// <summary>Lays out by Sugiyama's method.</summary>
    public static GraphLayout Of(ServiceGraph graph)
    {
        var vertices = Enumerable.Range(0, graph.Nodes.Count).Select(index => new Vertex(index)).ToList();
        var shape = new BidirectionalGraph<Vertex, Edge<Vertex>>();
        shape.AddVertexRange(vertices);
        shape.AddEdgeRange(graph.Edges.Select(edge => new Edge<Vertex>(vertices[edge.From], vertices[edge.To])));
        var algorithm = new SugiyamaLayoutAlgorithm<Vertex, Edge<Vertex>, BidirectionalGraph<Vertex, Edge<Vertex>>>(shape,
            vertices.ToDictionary(vertex => vertex, _ => new Size(NodeWidth, NodeHeight)),
            new SugiyamaLayoutParameters { Direction = LayoutDirection.LeftToRight, LayerGap = LayerGap, SliceGap = NodeGap, EdgeRouting = SugiyamaEdgeRouting.Traditional });
        algorithm.Compute();

        double left = vertices.Min(vertex => algorithm.VerticesPositions[vertex].X) - NodeWidth / 2 - Margin;
        double top = vertices.Min(vertex => algorithm.VerticesPositions[vertex].Y) - NodeHeight / 2 - Margin;
        Point Shift(Point point) => new(point.X - left, point.Y - top);
        var centers = vertices.Select(vertex => Shift(algorithm.VerticesPositions[vertex])).ToList();
        var bends = algorithm.EdgeRoutes.ToDictionary(route => (route.Key.Source.Index, route.Key.Target.Index), route => (IReadOnlyList<Point>)[.. (route.Value ?? []).Select(Shift)]);
        return new GraphLayout(centers, bends,
            centers.Max(center => center.X) + NodeWidth / 2 + Margin, centers.Max(center => center.Y) + NodeHeight / 2 + Margin);
    }

    /// <summary>GraphShape wants a reference type; its hash must not differ from run to run, or the picture would.</summary>
    private sealed class Vertex(int index)
    {
        public int Index => index;

        public override int GetHashCode() => index;

        public override bool Equals(object? other) => other is Vertex vertex && vertex.Index == index;
    }
}
