using System.Runtime.CompilerServices;

namespace Mesh.Runtime.Randomness;

/// <summary>
/// Stateless draws: a value is a function of the seed, the concern, the request's key, the attempt and an index, and of nothing else.
/// A request's demand, errors and jitter are therefore the same whichever balancer sent it where, which makes comparisons paired.
/// The function is Philox 2x64 with 10 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// </summary>
public sealed class KeyedRandom
{
    private const ulong Multiplier = 0xD2B74407B1CE6E93;
    private const ulong Weyl = 0x9E3779B97F4A7C15;
    private readonly ulong _seed;

    /// <summary>Draws of the run with this seed.</summary>
    public KeyedRandom(ulong seed) => _seed = seed;

    /// <summary>64 uniform bits.</summary>
    /// <param name="concern">What the draw is for.</param>
    /// <param name="key">The request, proxy or link that it is for.</param>
    /// <param name="attempt">The attempt's number, or 0.</param>
    /// <param name="index">The draw's number within the above.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Bits(Concern concern, ulong key, int attempt = 0, int index = 0) =>
        Block(concern, key, attempt, index).First;

    /// <summary>The block of 128 bits whose first half is <see cref="Bits"/>.</summary>
    internal (ulong First, ulong Second) Block(Concern concern, ulong key, int attempt, int index) =>
        Philox(key, Counter(concern, attempt, index), _seed);

    /// <summary>A uniform number in [0, 1), with 53 random bits.</summary>
    public double Unit(Concern concern, ulong key, int attempt = 0, int index = 0) => ToUnit(Bits(concern, key, attempt, index));

    /// <summary>The key of the <paramref name="call"/>-th call that attempt <paramref name="attempt"/> of the request <paramref name="parent"/> makes.</summary>
    public ulong ChildKey(ulong parent, int attempt, int call) => Bits(Concern.ChildKey, parent, attempt, call);

    /// <summary>A uniform number in [0, 1) from 64 random bits.</summary>
    public static double ToUnit(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform index below <paramref name="count"/> from 64 random bits, by multiplication (Lemire 2019, bias below count/2^64).</summary>
    public static int ToIndex(ulong bits, int count) => (int)Math.BigMul(bits, (ulong)count, out _);

    private static ulong Counter(Concern concern, int attempt, int index) =>
        (ulong)concern << 56 | (ulong)(attempt & 0xFFFFFF) << 32 | (uint)index;

    /// <summary>One block of Philox 2x64-10: a 128-bit counter under a 64-bit key.</summary>
    internal static (ulong First, ulong Second) Philox(ulong counter0, ulong counter1, ulong key)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong high = Math.BigMul(Multiplier, counter0, out ulong low);
            counter0 = high ^ key ^ counter1;
            counter1 = low;
            key += Weyl;
        }
        return (counter0, counter1);
    }
}
