namespace Mesh.Runtime.Randomness;

/// <summary>
/// A decision's own draws, one after the other, all under one concern, request and attempt.
/// Both halves of a block of 128 bits are handed out before the next is computed.
/// </summary>
public ref struct DrawSequence
{
    private readonly KeyedRandom _random;
    private readonly Concern _concern;
    private readonly ulong _key;
    private readonly int _attempt;
    private int _index;
    private ulong _second;

    /// <summary>The draws for attempt <paramref name="attempt"/> of the request <paramref name="key"/>.</summary>
    public DrawSequence(KeyedRandom random, Concern concern, ulong key, int attempt)
    {
        _random = random;
        _concern = concern;
        _key = key;
        _attempt = attempt;
    }

    /// <summary>The next 64 uniform bits.</summary>
    public ulong Next()
    {
        int index = _index++;
        if ((index & 1) != 0) return _second;
        (ulong first, _second) = _random.Block(_concern, _key, _attempt, index >> 1);
        return first;
    }
}
