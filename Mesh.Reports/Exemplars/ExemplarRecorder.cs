using Mesh.Reports.Results;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Exemplars;

/// <summary>
/// Keeps the call trees of requests under way, and of those that ended the slowest successes and some failures of each kind.
/// Memory is bounded: by the decisions under way, by the decisions of a tree, and by the exemplars. The steady state allocates nothing.
/// </summary>
internal sealed class ExemplarRecorder(MeshDirectory directory, int most)
{
    /// <summary>After so many requests only one in <see cref="SampledOneIn"/> is looked at, chosen by its key: what is rare then comes often enough.</summary>
    public const int LookedAtAll = 20_000;

    /// <summary>See <see cref="LookedAtAll"/>.</summary>
    public const int SampledOneIn = 8;

    /// <summary>Most decisions of requests under way: about 8 MB.</summary>
    public const int MostBuffered = 200_000;

    /// <summary>Most decisions of one request's tree.</summary>
    public const int MostInTree = 4_000;

    private const int MostKinds = 16;
    private readonly int _perKind = Math.Max(1, most / 2);
    private readonly RequestTable _table = new();
    private readonly Stack<CallTree> _freeTrees = new();
    private readonly List<CallTree> _slow = new(most);
    private readonly List<FailureKind> _kinds = [];
    private EventPiece? _freePieces;
    private long _slowEnough = -1;
    private ulong _lastKey;
    private CallTree? _last;
    private long _entered;

    /// <summary>Decisions of requests under way.</summary>
    public int Buffered { get; private set; }

    /// <summary>Requests that were not looked at: left out of the sample, or too many were under way.</summary>
    public long Skipped { get; private set; }

    /// <summary>Takes a decision about a request.</summary>
    /// <param name="e">The decision.</param>
    /// <param name="enters">Whether it is the start of a request that enters the mesh in the measured time.</param>
    public void On(in MeshEvent e, bool enters)
    {
        CallTree? tree;
        if (e.Kind == MeshEventKind.RequestStarted)
        {
            tree = e.Parent != 0 ? _table.Find(e.Parent) : enters ? Begin(e.Request) : null;
            if (tree is null || !Keep(tree, e)) return;
            _table.Add(e.Request, tree);
            tree.Keys.Add(e.Request);
            (_lastKey, _last) = (e.Request, tree);
            return;
        }
        // Decisions about one request come in pairs: its end and its attempt's, its start and the pick.
        if (e.Request != _lastKey) (_lastKey, _last) = (e.Request, _table.Find(e.Request));
        tree = _last;
        if (tree is null) return;
        if (e.Kind == MeshEventKind.RequestEnded) tree.Flags |= e.Flags;
        if (e.Kind == MeshEventKind.RequestEnded && e.Request == tree.Root) Ended(tree, e);
        else Keep(tree, e);
    }

    /// <summary>The exemplars: the slowest first, then the failures, kinds in turn.</summary>
    public IReadOnlyList<Exemplar> Finish()
    {
        var slow = _slow.OrderByDescending(tree => tree.End.Duration).ThenBy(tree => tree.End.At);
        var failed = Enumerable.Range(0, _perKind).SelectMany(turn => _kinds.Where(kind => turn < kind.Trees.Count).Select(kind => kind.Trees[turn])).Take(most);
        return [.. slow.Concat(failed).Select(tree => ExemplarReader.Read(tree, directory))];
    }

    private CallTree? Begin(ulong root)
    {
        // Requests under way come first: a tree with a hole in it explains nothing.
        bool left = ++_entered > LookedAtAll && (root >> 32) % SampledOneIn != 0;
        if (left || most == 0 || Buffered > MostBuffered / 4 * 3)
        {
            Skipped++;
            return null;
        }
        var tree = _freeTrees.Count > 0 ? _freeTrees.Pop() : new CallTree();
        tree.Root = root;
        return tree;
    }

    private bool Keep(CallTree tree, in MeshEvent e)
    {
        if (tree.Count >= MostInTree || Buffered >= MostBuffered)
        {
            tree.Truncated = true;
            return false;
        }
        var last = tree.Last;
        if (last is null || last.Used == EventPiece.Size) last = AddPiece(tree);
        last.Events[last.Used++] = new KeptEvent(e);
        tree.Count++;
        Buffered++;
        return true;
    }

    private EventPiece AddPiece(CallTree tree)
    {
        var piece = _freePieces ?? new EventPiece();
        _freePieces = piece.Next;
        (piece.Used, piece.Next) = (0, null);
        if (tree.Last is null) tree.First = piece;
        else tree.Last.Next = piece;
        return tree.Last = piece;
    }

    private void Ended(CallTree tree, in MeshEvent e)
    {
        tree.End = e;
        foreach (ulong key in tree.Keys) _table.Remove(key);
        tree.Keys.Clear();
        _lastKey = 0;
        Buffered -= tree.Count;
        var unwanted = Success.Is(e.Outcome) ? KeepSlow(tree) : KeepFailed(tree);
        if (unwanted is not null) Free(unwanted);
    }

    /// <summary>Keeps it if it is among the slowest; returns the tree that is not needed.</summary>
    private CallTree? KeepSlow(CallTree tree)
    {
        if (_slow.Count < most)
        {
            _slow.Add(tree);
            return null;
        }
        if (tree.End.Duration <= _slowEnough) return tree;
        int least = 0;
        for (int i = 1; i < _slow.Count; i++)
            if (_slow[i].End.Duration < _slow[least].End.Duration) least = i;
        var gone = _slow[least];
        if (tree.End.Duration <= gone.End.Duration)
        {
            _slowEnough = gone.End.Duration;
            return tree;
        }
        _slow[least] = tree;
        return gone;
    }

    /// <summary>
    /// Keeps it if its key is among the least of its kind: a fair sample over the whole run, the same in every run of the seed.
    /// Failures are of one kind when they have the same status and the same flags, those of the calls in their course included.
    /// </summary>
    private CallTree? KeepFailed(CallTree tree)
    {
        var (outcome, flags) = (tree.End.Outcome, tree.Flags);
        FailureKind? kind = null;
        foreach (var one in _kinds)
            if (one.Status == outcome && one.Flags == flags) kind = one;
        if (kind is null)
        {
            if (_kinds.Count == MostKinds) return tree;
            _kinds.Add(kind = new FailureKind(outcome, flags));
        }
        if (kind.Trees.Count < _perKind)
        {
            kind.Trees.Add(tree);
            return null;
        }
        int greatest = 0;
        for (int i = 1; i < kind.Trees.Count; i++)
            if (kind.Trees[i].Root > kind.Trees[greatest].Root) greatest = i;
        if (tree.Root >= kind.Trees[greatest].Root) return tree;
        (var gone, kind.Trees[greatest]) = (kind.Trees[greatest], tree);
        return gone;
    }

    private void Free(CallTree tree)
    {
        tree.Last!.Next = _freePieces;
        _freePieces = tree.First;
        tree.First = tree.Last = null;
        tree.Count = 0;
        tree.Truncated = false;
        tree.Flags = ResponseFlags.None;
        _freeTrees.Push(tree);
    }

    private sealed record FailureKind(int Status, ResponseFlags Flags)
    {
        public List<CallTree> Trees { get; } = [];
    }
}
