using System.Globalization;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Sidecar;

/// <summary>Keys and names of requests that bring none: drawn by a counter, so that no two are alike. Safe for several threads.</summary>
/// <param name="random">The world's draws.</param>
internal sealed class RequestKeys(KeyedRandom random)
{
    private long _count;

    /// <summary>A request's key.</summary>
    public ulong Next() => random.Bits(Concern.RequestKey, (ulong)Interlocked.Increment(ref _count));

    /// <summary>A request's name (<c>x-request-id</c>), in the form of a UUID of version 4, as Envoy makes them.</summary>
    public string NextRequestId()
    {
        ulong number = (ulong)Interlocked.Increment(ref _count);
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, random.Bits(Concern.RequestKey, number, 0, 1));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], random.Bits(Concern.RequestKey, number, 0, 2));
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D", CultureInfo.InvariantCulture);
    }
}
