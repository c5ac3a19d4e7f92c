namespace Mesh.Scenarios.Language.Checks;

/// <summary>Strongly connected components (Tarjan 1972, without recursion), each before those that call it.</summary>
internal sealed class Components
{
    private readonly CallGraph _graph;
    private readonly int[] _number;
    private readonly int[] _low;
    private readonly bool[] _open;
    private readonly Stack<int> _stack = new();
    private readonly List<int[]> _found = [];
    private int _next;

    private Components(CallGraph graph)
    {
        _graph = graph;
        _number = new int[graph.Nodes.Count];
        _low = new int[graph.Nodes.Count];
        _open = new bool[graph.Nodes.Count];
        Array.Fill(_number, -1);
    }

    public static IReadOnlyList<int[]> Of(CallGraph graph)
    {
        var search = new Components(graph);
        for (int node = 0; node < graph.Nodes.Count; node++)
        {
            if (search._number[node] < 0) search.Visit(node);
        }
        return search._found;
    }

    private void Visit(int root)
    {
        var path = new Stack<(int Node, int Call)>();
        Open(root);
        path.Push((root, 0));
        while (path.TryPop(out var at))
        {
            var calls = _graph.Nodes[at.Node].Calls;
            if (at.Call == calls.Count)
            {
                Close(at.Node);
                if (path.TryPeek(out var parent)) _low[parent.Node] = Math.Min(_low[parent.Node], _low[at.Node]);
                continue;
            }
            path.Push((at.Node, at.Call + 1));
            int to = calls[at.Call].To;
            if (_number[to] < 0)
            {
                Open(to);
                path.Push((to, 0));
            }
            else if (_open[to])
            {
                _low[at.Node] = Math.Min(_low[at.Node], _number[to]);
            }
        }
    }

    private void Open(int node)
    {
        _number[node] = _low[node] = _next++;
        _open[node] = true;
        _stack.Push(node);
    }

    private void Close(int node)
    {
        if (_low[node] != _number[node]) return;
        var component = new List<int>();
        int member;
        do
        {
            member = _stack.Pop();
            _open[member] = false;
            component.Add(member);
        }
        while (member != node);
        _found.Add([.. component]);
    }
}
