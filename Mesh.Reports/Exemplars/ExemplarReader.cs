using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Exemplars;

/// <summary>Turns a tree of decisions into an exemplar: calls in the order of their start, names in place of numbers.</summary>
internal static class ExemplarReader
{
    public static Exemplar Read(CallTree tree, MeshDirectory directory)
    {
        long origin = tree.End.At - tree.End.Duration;
        var calls = new List<Draft>();
        var numbers = new Dictionary<ulong, int>();
        foreach (var e in tree.Events().Append(new KeptEvent(tree.End)))
        {
            if (e.Kind == MeshEventKind.RequestStarted)
            {
                numbers[e.Request] = calls.Count;
                calls.Add(new Draft(e));
            }
            else if (numbers.TryGetValue(e.Request, out int number))
            {
                if (e.Kind == MeshEventKind.RequestEnded) calls[number].End = e;
                else calls[number].Events.Add(e);
            }
        }
        return new Exemplar
        {
            Key = tree.Root,
            Start = origin,
            Duration = tree.End.Duration,
            Status = tree.End.Outcome,
            Flags = tree.End.Flags,
            AllFlags = tree.Flags,
            Failed = !Results.Success.Is(tree.End.Outcome),
            Truncated = tree.Truncated,
            Calls = [.. calls.Select(call => Call(call, origin, numbers, directory))],
        };
    }

    private static ExemplarCall Call(Draft call, long origin, Dictionary<ulong, int> numbers, MeshDirectory directory)
    {
        var start = call.Start;
        return new ExemplarCall
        {
            Parent = start.Parent == 0 ? -1 : numbers.GetValueOrDefault(start.Parent, -1),
            ParentAttempt = start.ParentAttempt,
            From = directory.Proxies[start.Proxy].Name,
            To = start.Class >= 0 ? directory.Classes[start.Class].Service : "(unknown)",
            Path = start.Class >= 0 ? directory.Classes[start.Class].Path : "",
            Start = start.At - origin,
            End = call.End is { } end ? end.At - origin : null,
            Status = call.End?.Outcome ?? 0,
            Flags = call.End?.Flags ?? ResponseFlags.None,
            Events = [.. call.Events.Select(e => new ExemplarEvent(e.At - origin, e.Kind, e.Attempt, e.Endpoint < 0 ? "" : directory.Endpoints[e.Endpoint].Name, e.Outcome, e.Flags, e.Duration))],
        };
    }

    private sealed class Draft(KeptEvent start)
    {
        public KeptEvent Start { get; } = start;

        public KeptEvent? End { get; set; }

        public List<KeptEvent> Events { get; } = [];
    }
}
