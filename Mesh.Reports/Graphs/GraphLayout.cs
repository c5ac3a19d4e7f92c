using GraphShape;
using GraphShape.Algorithms.Layout;
using QuikGraph;

namespace Mesh.Reports.Graphs;

/// <summary>Where nodes stand (their centres) and how edges bend, in pixels; layers from left to right.</summary>
internal sealed record GraphLayout(IReadOnlyList<Point> Centers, IReadOnlyDictionary<(int From, int To), IReadOnlyList<Point>> Bends, double Width, double Height)
{
    public const double NodeWidth = 172, NodeHeight = 42;
    private const double LayerGap = 88, NodeGap = 14, Margin = 8;

    /// <summary>Lays out by Sugiyama's method: from top to bottom with boxes on their sides, then turned, as GraphShape spaces turned boxes by the wrong side.</summary>
    public static GraphLayout Of(ServiceGraph graph)
    {
        var vertices = Enumerable.Range(0, graph.Nodes.Count).Select(index => new Vertex(index)).ToList();
        var shape = new BidirectionalGraph<Vertex, Edge<Vertex>>();
        shape.AddVertexRange(vertices);
        shape.AddEdgeRange(graph.Edges.Select(edge => new Edge<Vertex>(vertices[edge.From], vertices[edge.To])));
        var algorithm = new SugiyamaLayoutAlgorithm<Vertex, Edge<Vertex>, BidirectionalGraph<Vertex, Edge<Vertex>>>(shape,
            vertices.ToDictionary(vertex => vertex, _ => new Size(NodeHeight, NodeWidth)),
            new SugiyamaLayoutParameters { Direction = LayoutDirection.TopToBottom, LayerGap = LayerGap, SliceGap = NodeGap, EdgeRouting = SugiyamaEdgeRouting.Traditional });
        algorithm.Compute();

        var places = vertices.Select(vertex => algorithm.VerticesPositions[vertex]).ToList();
        double left = places.Min(place => place.Y) - NodeWidth / 2 - Margin;
        double top = places.Min(place => place.X) - NodeHeight / 2 - Margin;
        Point Turn(Point point) => new(point.Y - left, point.X - top);
        var centers = places.Select(Turn).ToList();
        var bends = algorithm.EdgeRoutes.ToDictionary(route => (route.Key.Source.Index, route.Key.Target.Index), route => (IReadOnlyList<Point>)[.. (route.Value ?? []).Select(Turn)]);
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
