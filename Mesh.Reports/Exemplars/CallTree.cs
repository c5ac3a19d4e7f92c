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

    /// <summary>Decisions kept.</summary>
    public int Count { get; set; }

    /// <summary>Whether some could not be kept.</summary>
    public bool Truncated { get; set; }

    public EventPiece? First { get; set; }

    public EventPiece? Last { get; set; }

    /// <summary>The decisions, for the end of the run.</summary>
    public IEnumerable<MeshEvent> Events()
    {
        for (var piece = First; piece is not null; piece = piece.Next)
            for (int i = 0; i < piece.Used; i++) yield return piece.Events[i];
    }
}

/// <summary>Room for a few decisions.</summary>
internal sealed class EventPiece
{
    public const int Size = 16;

    public readonly MeshEvent[] Events = new MeshEvent[Size];

    public int Used;

    public EventPiece? Next;
}
