using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Exemplars;

/// <summary>What was decided about one request and all calls in its course, in order. Pooled, and so are its pieces.</summary>
internal sealed class CallTree
{
    /// <summary>The key of the request that entered the mesh.</summary>
    public ulong Root { get; set; }

    /// <summary>The request's end.</summary>
    public MeshEvent End { get; set; }

    /// <summary>The flags of all calls in it.</summary>
    public ResponseFlags Flags { get; set; }

    /// <summary>The keys of the request and its calls.</summary>
    public List<ulong> Keys { get; } = [];

    /// <summary>Decisions kept.</summary>
    public int Count { get; set; }

    /// <summary>Whether some could not be kept.</summary>
    public bool Truncated { get; set; }

    public EventPiece? First { get; set; }

    public EventPiece? Last { get; set; }

    /// <summary>The decisions, for the end of the run.</summary>
    public IEnumerable<KeptEvent> Events()
    {
        for (var piece = First; piece is not null; piece = piece.Next)
            for (int i = 0; i < piece.Used; i++) yield return piece.Events[i];
    }
}

/// <summary>A decision in 40 bytes, as most of them are written and never read. A start of a call says other things than the rest, in the same places.</summary>
internal readonly struct KeptEvent(in MeshEvent e)
{
    public readonly long At = e.At;
    public readonly ulong Request = e.Request;
    private readonly long _long = e.Kind == MeshEventKind.RequestStarted ? (long)e.Parent : e.Duration;
    private readonly int _place = e.Kind == MeshEventKind.RequestStarted ? e.Class : e.Endpoint;
    private readonly int _number = e.Kind == MeshEventKind.RequestStarted ? e.Proxy : e.Outcome;
    public readonly ResponseFlags Flags = e.Flags;
    private readonly short _attempt = (short)(e.Kind == MeshEventKind.RequestStarted ? e.ParentAttempt : e.Attempt);
    public readonly MeshEventKind Kind = e.Kind;

    /// <summary>Of a start: the key of the request in whose course the call is made.</summary>
    public ulong Parent => (ulong)_long;

    /// <summary>Of a start: for which attempt of it.</summary>
    public int ParentAttempt => _attempt;

    /// <summary>Of a start: the request's class.</summary>
    public int Class => _place;

    /// <summary>Of a start: the calling proxy.</summary>
    public int Proxy => _number;

    public long Duration => _long;

    public int Endpoint => _place;

    public int Outcome => _number;

    public int Attempt => _attempt;
}

/// <summary>Room for a few decisions.</summary>
internal sealed class EventPiece
{
    public const int Size = 16;

    public readonly KeptEvent[] Events = new KeptEvent[Size];

    public int Used;

    public EventPiece? Next;
}
