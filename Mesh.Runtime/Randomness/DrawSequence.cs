namespace Mesh.Runtime.Randomness;

/// <summary>A decision's own draws, one after the other, all under one concern, request and attempt.</summary>
public ref struct DrawSequence
{
    private readonly KeyedRandom _random;
    private readonly Concern _concern;
    private readonly ulong _key;
    private readonly int _attempt;
    private int _index;

    /// <summary>The draws for attempt <paramref name="attempt"/> of the request <paramref name="key"/>.</summary>
    public DrawSequence(KeyedRandom random, Concern concern, ulong key, int attempt)
    {
        _random = random;
        _concern = concern;
        _key = key;
        _attempt = attempt;
    }

    /// <summary>The next 64 uniform bits.</summary>
    public ulong Next() => _random.Bits(_concern, _key, _attempt, _index++);
}
