using System.Buffers.Binary;

namespace Mesh.Runtime.LoadBalancing.Hashing;

/// <summary>MurmurHash64A (Appleby) with the seed of GNU's <c>std::hash</c>, as Envoy's <c>MURMUR_HASH_2</c>.</summary>
internal static class MurmurHash2
{
    private const ulong Multiplier = 0xC6A4A7935BD1E995;
    private const ulong Seed = 0xC70F6907;

    public static ulong Hash(ReadOnlySpan<byte> key)
    {
        ulong hash = Seed ^ ((ulong)key.Length * Multiplier);
        for (; key.Length >= 8; key = key[8..]) hash = (hash ^ (Mix(BinaryPrimitives.ReadUInt64LittleEndian(key) * Multiplier) * Multiplier)) * Multiplier;
        if (key.Length > 0)
        {
            ulong rest = 0;
            for (int i = key.Length - 1; i >= 0; i--) rest = rest << 8 | key[i];
            hash = (hash ^ rest) * Multiplier;
        }
        return Mix(Mix(hash) * Multiplier);
    }

    private static ulong Mix(ulong value) => value ^ value >> 47;
}
