namespace Mesh.Runtime.Faults.Tcp;

/// <summary>Something on its way along a stream. The bytes themselves stay with whoever reads the socket: their order never changes, so a length says which are meant.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Bytes">How many bytes.</param>
/// <param name="At">When it is at this place of the stream, in ticks.</param>
internal readonly record struct StreamItem(StreamItemKind Kind, int Bytes, long At)
{
    /// <summary>When it came to the toxic that holds it, by the clock: what the toxic really adds is measured from here.</summary>
    public long Entered { get; init; }

    /// <summary>Ticks that the toxic is to hold it.</summary>
    public long Requested { get; init; }
}

/// <summary>What can be on a stream.</summary>
internal enum StreamItemKind
{
    /// <summary>Bytes.</summary>
    Data,

    /// <summary>Bytes that a toxic swallowed: they are passed over where the others are written.</summary>
    Gap,

    /// <summary>The sender has finished (FIN).</summary>
    Finish,

    /// <summary>The sender broke the connection off (RST).</summary>
    Broken,

    /// <summary>A toxic closes the connection.</summary>
    Close,

    /// <summary>A toxic resets it.</summary>
    Reset,
}
